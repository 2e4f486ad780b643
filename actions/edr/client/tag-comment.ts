import { plainLine } from '../../client/plain-line.ts';
import type { MachineAction } from './machine-action.ts';

/** Long enough for a case and a reason; the vendor documents no limit. */
const maxCommentLength = 1000;

/** Machine actions take no idempotency key, so it travels in the comment (security facts 3.2, rule 4). */
export function commentWithKey(comment: string, actionKey: string): string {
  const mark = markOf(actionKey);
  return `${plainLine(comment, maxCommentLength - mark.length - 1)} ${mark}`;
}

export function isOurs(action: MachineAction, actionKey: string): boolean {
  return action.comment.endsWith(markOf(actionKey));
}

/** Called off to make way for the effect of this key. */
export function isCancelledByUs(action: MachineAction, actionKey: string): boolean {
  return action.cancellation.endsWith(markOf(actionKey));
}

/** Given by Riposte, for whichever effect. */
export function isOfRiposte(action: MachineAction): boolean {
  return /\[riposte [^\]]+\]$/.test(action.comment);
}

function markOf(actionKey: string): string {
  return `[riposte ${actionKey}]`;
}
