import { stderr } from 'node:process';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { findPlaybooks } from './find-playbooks.ts';
import { playbooksAround } from './playbooks-around.ts';

/**
 * One playbook with everything that it calls, compiled from the folders around it.
 * @throws CliError with the diagnostics on stderr when it has errors
 */
export async function loadPlaybook(file: string): Promise<PlaybookUnderTest> {
  const [{ installedActions }, { CompiledSet }, { manifestsOf }] = await Promise.all([
    import('./installed-actions.ts'),
    import('../../engine/core/cases/compile-together.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
  ]);
  const [named, ...others] = await findPlaybooks([file]);
  if (named === undefined || others.length > 0)
    throw new CliError(exitCodes.usage, `${file}: name one playbook file, not a folder.`);
  const set = new CompiledSet([named, ...(await playbooksAround([named]))], manifestsOf(installedActions()));
  const compiled = set.get(named.file);
  if (compiled?.ok === true) return compiled.under;
  stderr.write(printDiagnostics(compiled?.diagnostics ?? []));
  throw new CliError(exitCodes.findings, 'The playbook does not compile.');
}
