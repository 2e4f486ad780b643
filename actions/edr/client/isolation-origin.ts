import { stoodBefore } from './judge-isolation.ts';
import type { MachineAction } from './machine-action.ts';
import { isCancelledByUs, isOfRiposte } from './tag-comment.ts';

/**
 * `changed` for the outcome. Left out, so that a person is asked before it is taken back, where an order of ours
 * came on top of somebody else's of the same kind, such as a full isolation over a selective one: the inverse
 * knows no half way and would take theirs back as well. And where nothing was ordered but an opposite request
 * was called off: the device would be otherwise now without us. Of isolations by Riposte itself holds keep account.
 */
export function isolationOrigin(
  actions: MachineAction[],
  reached: MachineAction,
  { ours, actionKey }: { ours: boolean; actionKey: string },
): { changed?: boolean } {
  if (ours) return stoodBefore(actions, reached).every(isOfRiposte) ? { changed: true } : {};
  const held = reached.type === 'Isolate' && isOfRiposte(reached);
  const calledOff = actions.some((action) => isCancelledByUs(action, actionKey));
  return calledOff && !held ? {} : { changed: false };
}
