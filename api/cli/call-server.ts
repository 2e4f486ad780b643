import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { say } from './print.ts';
import { oneLine, plainText } from './server-text.ts';
import type { Settings } from './settings.ts';

export interface ServerAnswer {
  status: number;
  body: Json;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: Json;
  headers?: { [name: string]: string };
}

export type Answered =
  | { kind: 'done'; body: JsonObject }
  /** In the server's own words when it refuses; `open`: it may have been done; `unsent`: nobody listens there. */
  | { kind: 'refused' | 'open' | 'unsent'; error: CliError };

/** @throws CliError with the server's own words when it refuses, and with advice when it is not there. */
export async function callServer(settings: Settings, path: string, call: Call = {}): Promise<JsonObject> {
  const answered = await askServer(settings, path, call);
  if (answered.kind !== 'done') throw answered.error;
  return answered.body;
}

export async function askServer(settings: Settings, path: string, call: Call): Promise<Answered> {
  const headers = { ...headersFor(settings, call.headers), accept: 'application/json' };
  const request = {
    method: call.method ?? 'GET',
    headers: { ...headers, ...(call.body !== undefined && { 'content-type': 'application/json' }) },
    // Followed, it would hand the token to whoever is there.
    redirect: 'manual',
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  } as const;
  let response: Response;
  let body: Json;
  try {
    let waits = 0;
    do {
      response = await fetch(`${settings.url}${path}`, { ...request, signal: AbortSignal.timeout(60_000) });
      body = await readJson(response);
    } while (waits++ < waitsMax && (await waitedAsTold(response)));
  } catch (error) {
    return { kind: isUnsent(error) ? 'unsent' : 'open', error: unreachable(settings, error) };
  }
  if (response.ok) return { kind: 'done', body: isJsonObject(body) ? body : {} };
  // A mistake of the server's does not say what was done before it.
  const isOpen = response.status >= 500 || (isJsonObject(body) && body.code === 'request/in-progress');
  return { kind: isOpen ? 'open' : 'refused', error: refused(response.status, body) };
}

export function headersFor(
  settings: Settings,
  own: { [name: string]: string } = {},
): { [name: string]: string } {
  // A session speaks for itself.
  const token = own.cookie === undefined && { authorization: `Bearer ${settings.token()}` };
  return { ...token, 'user-agent': 'riposte-cli/1', ...own };
}

/** In the server's own words. */
export async function refusedBy(response: Response): Promise<CliError> {
  return refused(response.status, await readJson(response));
}

/** An export is thousands of requests; whoever else uses the same token may have used up the next minute as well. */
const waitsMax = 5;

/**
 * A caller who has asked too often waits and asks again: nothing was done. Without `RateLimit` it is an address that
 * too many wrong tokens came from, and waiting makes none of them right.
 */
async function waitedAsTold({ status, headers }: Response): Promise<boolean> {
  const seconds = Number(headers.get('retry-after'));
  if (status !== 429 || !headers.has('ratelimit') || !(seconds >= 1 && seconds <= 60)) return false;
  say(`Asked more often than one caller may within a minute. Going on in ${seconds} s.`);
  await sleep(seconds * 1_000);
  return true;
}

/** Nobody was there, or nobody whom we trust. */
function isUnsent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return unsentCodes.includes(code) || /CERT|^ERR_TLS|^UNABLE_TO_/.test(code);
}

const unsentCodes = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

async function readJson(response: Response): Promise<Json> {
  const text = await response.text();
  try {
    return text === '' ? null : (JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

export function unreachable(settings: Settings, error: unknown): CliError {
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const what = timedOut ? 'did not answer within a minute' : 'does not answer';
  return new CliError(
    timedOut ? exitCodes.timedOut : exitCodes.failure,
    `${settings.url} ${what}. Is Riposte running there? Start it with "npm start", or set RIPOSTE_URL.`,
  );
}

function refused(status: number, body: Json): CliError {
  const problem = isJsonObject(body) ? body : {};
  const lines = [
    `${oneLine(problem.title ?? `The server answered ${status}`)} (${oneLine(problem.code ?? status)})`,
  ];
  if (typeof problem.detail === 'string') lines.push(plainText(problem.detail));
  if (Array.isArray(problem.errors)) {
    for (const error of problem.errors.filter(isJsonObject)) {
      const place = error.line === undefined ? oneLine(error.pointer) : `${error.line}:${error.column}`;
      lines.push(`  ${place} ${oneLine(error.detail)}`);
    }
  }
  const hint = advice(status);
  if (hint !== undefined) lines.push(hint);
  if (typeof problem.requestId === 'string') lines.push(`request ${oneLine(problem.requestId)}`);
  return new CliError(exitOf(status), lines.join('\n'));
}

function advice(status: number): string | undefined {
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return 'It leads elsewhere, where your token is not sent. Set RIPOSTE_URL to where Riposte answers itself.';
    case 401:
      return 'Set RIPOSTE_TOKEN to a valid token, or use --as with a token file.';
    case 403:
      return 'Use --as to speak as somebody who may.';
    case 412:
      return 'Nothing was recorded. Show it again, read what changed, then decide.';
    default:
      return undefined;
  }
}

/** A no about the thing itself is a finding; a no to the caller or a broken server is a failure. */
function exitOf(status: number): number {
  return [404, 409, 410, 412, 422, 428].includes(status) ? exitCodes.findings : exitCodes.failure;
}
