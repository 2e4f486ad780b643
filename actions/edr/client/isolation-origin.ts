import { stoodBefore } from './judge-isolation.ts';
import type { MachineAction } from './machine-action.ts';
import { isOfRiposte } from './tag-comment.ts';

/**
 * `changed` for the outcome, left out where an order of ours came on top of somebody else's of the same kind, such
 * as a full isolation over a selective one: the inverse knows no half way and would take theirs back as well, so
 * a person is asked. Of what Riposte itself did before, holds keep account.
 */
export function isolationOrigin(
  actions: MachineAction[],
  reached: MachineAction,
  ours: boolean,
): { changed?: boolean } {
  if (!ours) return { changed: false };
  return stoodBefore(actions, reached).every(isOfRiposte) ? { changed: true } : {};
}
