import type { ActionContext, Failure } from '../../engine/core/contracts/action.ts';
import { retryable } from './fail.ts';

/** The failure behind our own abort, for work that changed nothing; null if nobody aborted. */
export function translateAbort(context: ActionContext): Failure | null {
  if (!context.signal.aborted) return null;
  const { reason } = context.signal;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return retryable('timeout', 'The attempt ran out of time.');
  }
  return retryable('cancelled', 'The attempt was called off before it changed anything.');
}
