import { readFile } from 'node:fs/promises';
import { stderr } from 'node:process';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import type { Routing } from '../../engine/core/match/routing.ts';
import { namedIn } from './check-operators-files.ts';
import { CliError, exitCodes } from './cli-error.ts';

/**
 * A routing file; null without one. It may name playbooks that are not looked at here.
 * @throws CliError with the diagnostics on stderr when it has errors
 */
export async function readRouting(
  file: string | undefined,
  playbooks: readonly string[],
): Promise<Routing | null> {
  if (file === undefined) return null;
  const { compileRouting } = await import('../../engine/core/match/compile-routing.ts');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : 'cannot be read';
    throw new CliError(exitCodes.failure, `${file}: ${why}`);
  });
  const compiled = compileRouting(text, { file, playbooks: [...playbooks, ...namedIn(text)] });
  if (compiled.ok) return compiled.routing;
  stderr.write(printDiagnostics(compiled.diagnostics));
  throw new CliError(exitCodes.findings, 'The routing file does not compile.');
}
