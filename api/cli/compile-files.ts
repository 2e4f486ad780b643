import { stderr } from 'node:process';
import type { Compilation } from '../../engine/core/compile/compile-playbook.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type FoundFile, findPlaybooks } from './find-playbooks.ts';
import { playbooksAround } from './playbooks-around.ts';

export type CompiledPlaybookFile = Extract<Compilation, { ok: true }> & { file: string };

/**
 * Compiles the named playbooks, with those around them and those of `more` to resolve what they call.
 * @throws CliError with `exitCode`, and the diagnostics on stderr, when one of them has errors
 */
export async function compileFiles(
  files: readonly string[],
  { more = [], exitCode = exitCodes.findings }: { more?: readonly string[]; exitCode?: number } = {},
): Promise<CompiledPlaybookFile[]> {
  const [{ installedActions }, { compilePlaybooks }, { manifestsOf }] = await Promise.all([
    import('./installed-actions.ts'),
    import('../../engine/core/compile/compile-playbooks.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
  ]);
  const named = await findPlaybooks(files);
  const others = more.length === 0 ? [] : await findPlaybooks(more);
  const around = [...(await playbooksAround(named)), ...others, ...(await playbooksAround(others))];
  const known = new Set(named.map((each) => each.file));
  const compiled = compilePlaybooks([...named, ...unnamed(named, around)], {
    registry: manifestsOf(installedActions()),
  }).filter((each) => known.has(each.file));
  const wrong = compiled.flatMap(({ compilation }) => (compilation.ok ? [] : compilation.diagnostics));
  if (wrong.length > 0) {
    stderr.write(printDiagnostics(wrong));
    const what = named.length === 1 ? 'The playbook does' : 'The playbooks do';
    throw new CliError(exitCode, `${what} not compile.`);
  }
  return compiled.flatMap(({ file, compilation }) => (compilation.ok ? [{ ...compilation, file }] : []));
}

/** A playbook that is named keeps its id; another version of it elsewhere is not what is called. */
function unnamed(named: readonly FoundFile[], around: readonly FoundFile[]): FoundFile[] {
  const ids = new Set(named.map(({ text }) => idIn(text)));
  return around.filter(({ text }) => {
    const id = idIn(text);
    if (id === null || ids.has(id)) return false;
    ids.add(id);
    return true;
  });
}

function idIn(text: string): string | null {
  return /^id:\s*["']?([a-z][a-z0-9-]*)/m.exec(text)?.[1] ?? null;
}
