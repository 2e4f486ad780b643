import type { Failure } from '../contracts/action.ts';
import type { PlanRetry } from '../contracts/plan.ts';

/*
 * The one owner of retries (language reference 9.6). The queue delivers attempts; whether there is
 * another one, and when, is decided here and written into the journal.
 */

export type NextAttempt = { again: true; delayMs: number } | { again: false };

/**
 * `attempts` counts those already made. `fraction` (0 ≤ f < 1) is drawn once by the caller and
 * spreads the wait by a factor from 0.8 to 1.2.
 */
export function nextAttempt(
  retry: PlanRetry,
  attempts: number,
  failure: Failure,
  fraction: number,
): NextAttempt {
  if (failure.kind === 'terminal') return { again: false };
  // Its worker had to stop before it changed anything: no answer of the target, which is what a playbook's `retry` is about.
  if (withoutStation(failure.code) === 'cancelled') return { again: true, delayMs: retry.initialMs };
  if (!retry.on.includes(withoutStation(failure.code))) return { again: false };
  if (attempts >= retry.maxAttempts) return { again: false };
  const planned =
    retry.backoff === 'fixed'
      ? retry.initialMs
      : Math.min(retry.maxMs, retry.initialMs * 2 ** Math.max(0, attempts - 1));
  const spread = Math.round(planned * (0.8 + 0.4 * fraction));
  return { again: true, delayMs: Math.max(spread, failure.retryAfterMs ?? 0) };
}

function withoutStation(code: string): string {
  return code.slice(code.indexOf('/') + 1);
}
