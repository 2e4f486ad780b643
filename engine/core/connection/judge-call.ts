import type { ActionOutcome, CheckOutcome } from '../contracts/action.ts';

/*
 * What one call of an action says of the connection that it went over. It is told by codes alone: texts of a target
 * stand in the run.
 */

export type CallWord = { kind: 'answered' } | { kind: 'failed'; code: string };

/** What keeps every action from getting there. Any other failure is an answer to one question. */
const ofTheWay = new Set([
  'unauthorized',
  'forbidden',
  'misconfigured',
  'address-refused',
  'throttled',
  'unavailable',
  'timeout',
  'invalid-response',
]);

/** @returns null when it says nothing: it was called off */
export function judgeCall(outcome: ActionOutcome | CheckOutcome): CallWord | null {
  switch (outcome.kind) {
    case 'unknown':
      return { kind: 'failed', code: 'no-answer' };
    case 'failed': {
      const { code, ended } = outcome.failure;
      if (code === 'cancelled') return null;
      return ended !== true && ofTheWay.has(code) ? { kind: 'failed', code } : { kind: 'answered' };
    }
    default:
      return { kind: 'answered' };
  }
}
