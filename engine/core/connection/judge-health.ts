import type { TestState } from './judge-probe.ts';

/*
 * Whether a connection works, from what a test found and what happened to calls since. A call that went well says
 * nothing against a test that failed: it may have gone out with a token that outlives the secret by an hour.
 */

/** `unattended`: no worker has said for a while that it has this connection. */
export type Health = 'failing' | 'unattended' | 'limited' | 'works' | 'unknown';

export interface KnownOfConnection {
  seenAtMs: number;
  answeredAtMs: number | null;
  failedAtMs: number | null;
  failureCode: string | null;
  failedInARow: number;
  testedAtMs: number | null;
  testState: TestState | null;
}

/** Workers say each minute what they have. */
export const unattendedAfterMs = 5 * 60_000;

/** None of these passes by itself. */
const atOnce = new Set(['unauthorized', 'misconfigured', 'address-refused']);
/** Whatever else fails may do so once. */
const inARow = 3;

export function judgeHealth(known: KnownOfConnection, nowMs: number): Health {
  if (nowMs - known.seenAtMs > unattendedAfterMs) return 'unattended';
  if (known.testState === 'failing' || callsFail(known)) return 'failing';
  if (known.testState === null || known.testState === 'unknown')
    return known.answeredAtMs === null ? 'unknown' : 'works';
  return known.testState;
}

/** Somebody has to do something. */
export function isUnhealthy(health: Health): boolean {
  return health === 'failing' || health === 'unattended';
}

function callsFail({ failedAtMs, failureCode, failedInARow, ...since }: KnownOfConnection): boolean {
  if (failedAtMs === null || failureCode === null) return false;
  const settled = Math.max(since.answeredAtMs ?? 0, since.testedAtMs ?? 0);
  if (failedAtMs <= settled) return false;
  return looksBroken(failureCode, failedInARow);
}

/** Whether calls that ended like this speak against the connection. */
export function looksBroken(code: string, failedInARow: number): boolean {
  // One action lacks one right, and all others may work.
  if (code === 'forbidden') return false;
  return atOnce.has(code) || failedInARow >= inARow;
}
