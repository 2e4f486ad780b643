import { setTimeout as pause } from 'node:timers/promises';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import type { Settings } from './settings.ts';

const pollMs = 500;

/** How a run can end, and what a script is told (language reference 14). */
const exitOfState: { [state: string]: number } = {
  succeeded: exitCodes.fine,
  undone: exitCodes.fine,
  skipped: exitCodes.fine,
  failed: exitCodes.findings,
  cancelled: exitCodes.findings,
  'undo-incomplete': exitCodes.findings,
  denied: exitCodes.denied,
  'timed-out': exitCodes.timedOut,
};

/**
 * Follows a run until it has ended and prints it.
 * @throws CliError unless it ended well; after `timeout` seconds the run goes on without being watched
 */
export async function followRun(
  settings: Settings,
  runId: string,
  options: { timeout: number; json?: true },
): Promise<void> {
  const end = performance.now() + options.timeout * 1000;
  let told = '';
  for (;;) {
    const run = await callServer(settings, `/v1/runs/${encodeURIComponent(runId)}`);
    const state = oneLine(run.state);
    const exit = exitOfState[state];
    if (exit !== undefined) {
      if (options.json) printJson(run);
      else printLine(`${runId}  ${state}`);
      if (exit === exitCodes.fine) return;
      const reason = oneLine(run.reason);
      throw new CliError(exit, `The run ended ${state}${reason === '' ? '' : `: ${reason}`}.`);
    }
    if (state !== told) say(`It is ${state}.`);
    told = state;
    if (performance.now() > end) {
      throw new CliError(
        exitCodes.timedOut,
        `It is still ${state} after ${options.timeout} s and goes on: riposte runs ${runId}`,
      );
    }
    await pause(pollMs);
  }
}
