import { stat } from 'node:fs/promises';
import { CliError, exitCodes } from './cli-error.ts';
import { loadPlaybook } from './load-playbook.ts';

/** What a server is asked to try out: a file that is not published, or what is in force under an id. */
export interface ToTry {
  id: string;
  candidate: { source: string; file: string } | null;
}

/** @throws CliError when the file does not compile here: the server would say no more */
export async function playbookToTry(given: string): Promise<ToTry> {
  if ((await stat(given).catch(() => null)) === null) {
    if (/[/\\]|\.ya?ml$/.test(given)) throw new CliError(exitCodes.failure, `${given} does not exist.`);
    return { id: given, candidate: null };
  }
  const { loaded, text, file } = await loadPlaybook(given);
  return { id: loaded.plan.playbook.id, candidate: { source: text, file } };
}
