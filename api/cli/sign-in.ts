import type { Call } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import type { Settings } from './settings.ts';

/**
 * A session of the person whom a one-time link is for, in the form that `callServer` takes. A token proves
 * nothing about now; whoever has just been handed a link does.
 */
export async function signInWith(settings: Settings, link: string): Promise<Required<Pick<Call, 'headers'>>> {
  const secret = /^(?:https?:\/\/\S*\/sign-in\/)?([A-Za-z0-9_-]+)$/.exec(link.trim())?.[1];
  if (secret === undefined)
    throw new CliError(exitCodes.usage, '--sign-in takes a sign-in link as it was shown, or its last part.');
  const ours = { 'sec-fetch-site': 'same-origin' };
  let response: Response;
  try {
    response = await fetch(`${settings.url}/sign-in/${secret}`, {
      method: 'POST',
      headers: ours,
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
  } catch {
    throw new CliError(exitCodes.failure, `${settings.url} does not answer.`);
  }
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (response.status >= 400 || cookie === undefined)
    throw new CliError(exitCodes.failure, 'The sign-in link was used before, has expired, or is not whole.');
  return { headers: { ...ours, cookie } };
}
