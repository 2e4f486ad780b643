import { isJsonObject } from '../../schemas/json.ts';
import type { Failure } from '../core/contracts/action.ts';
import type { Reported } from './inbound.ts';

/**
 * Whether an action's answer has the shape its contract promises. One that has not tells nothing
 * about the target: it is an unknown outcome, never a success and never a mistake of the run.
 */
export function hasOutcomeShape({ outcome, of }: Reported): boolean {
  switch (outcome?.kind) {
    case 'succeeded':
      return of === 'action' && isJsonObject(outcome.outputs);
    case 'failed':
      return of === 'action' && isFailure(outcome.failure);
    case 'accepted':
      return of === 'action' && isJsonObject(outcome.handle) && isWait(outcome.pollAfterMs);
    case 'present':
      return of === 'check' && isJsonObject(outcome.outputs);
    case 'in-transition':
      return of === 'check' && isJsonObject(outcome.handle) && isWait(outcome.pollAfterMs);
    case 'absent':
      return of === 'check' && (outcome.shows === undefined || isJsonObject(outcome.shows));
    // What a look came to is said by the engine itself.
    case 'changed':
    case 'unread':
      return of === 'look';
    case 'unknown':
      return typeof outcome.message === 'string';
    default:
      return false;
  }
}

function isFailure(failure: Failure | undefined): boolean {
  return (
    typeof failure?.code === 'string' &&
    typeof failure.message === 'string' &&
    ['retryable', 'terminal'].includes(failure.kind) &&
    [undefined, true].includes(failure.ended) &&
    (failure.retryAfterMs === undefined || isWait(failure.retryAfterMs))
  );
}

/** Deadlines are instants in PostgreSQL: infinite or far beyond any step's time is nonsense. */
function isWait(ms: unknown): boolean {
  return typeof ms === 'number' && ms >= 0 && ms <= 366 * 86_400_000;
}
