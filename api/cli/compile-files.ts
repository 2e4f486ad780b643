import { dirname } from 'node:path';
import { stderr } from 'node:process';
import type { Compilation } from '../../engine/core/compile/compile-playbook.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { findPlaybooks } from './find-playbooks.ts';

export type CompiledPlaybookFile = Extract<Compilation, { ok: true }> & { file: string };

/**
 * Compiles the named playbooks, with those around `beside` to resolve what they call.
 * @throws CliError with the diagnostics on stderr when one of them has errors
 */
export async function compileFiles(
  files: readonly string[],
  beside: string,
): Promise<CompiledPlaybookFile[]> {
  const [{ createRegistry }, { compilePlaybooks }, { manifestsOf }] = await Promise.all([
    import('../../actions/registry.ts'),
    import('../../engine/core/compile/compile-playbooks.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
  ]);
  const named = await findPlaybooks(files);
  const around = await findPlaybooks([dirname(dirname(beside)) || '.']).catch(() => []);
  const known = new Set(named.map((each) => each.file));
  const compiled = compilePlaybooks([...named, ...around.filter((each) => !known.has(each.file))], {
    registry: manifestsOf(createRegistry()),
  }).filter((each) => known.has(each.file));
  const wrong = compiled.flatMap(({ compilation }) => (compilation.ok ? [] : compilation.diagnostics));
  if (wrong.length > 0) {
    stderr.write(printDiagnostics(wrong));
    throw new CliError(exitCodes.findings, 'The playbook does not compile.');
  }
  return compiled.flatMap(({ file, compilation }) => (compilation.ok ? [{ ...compilation, file }] : []));
}
