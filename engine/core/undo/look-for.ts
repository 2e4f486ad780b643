import type { Look } from '../contracts/command.ts';
import { stepOf, type Turn } from '../run/turn.ts';
import { inversePath, recordOf } from './undo-record.ts';

/**
 * What a worker asks the target before it sends this inverse. Null where there is nothing to compare with,
 * and once a try of ours may have reached the target: what it shows then can be our own doing.
 */
export function lookFor(turn: Turn): Look | null {
  const { scope } = turn.context.env;
  if (scope.kind !== 'undo') return null;
  const { doubtful, handle } = stepOf(turn, inversePath);
  if (doubtful || handle !== null) return null;
  const { unseen, seen } = recordOf(scope);
  if (scope.frame?.undo?.knowing === true && seen != null) return { for: 'found', found: seen.found };
  return unseen === true ? null : { for: 'left' };
}
