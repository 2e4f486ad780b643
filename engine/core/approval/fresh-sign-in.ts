import type { ActionClass } from '../contracts/action.ts';
import { type Answer, type Refused, refuse } from './judge-approval.ts';

/** Facts 2.3, 9: five minutes are enough to read a card after signing in, too few for a desk left open. */
export const freshSignInMs = 5 * 60_000;

/**
 * Whoever lets something happen that cannot be taken back proved just now who they are. A token proves
 * nothing about now (`signedInAtMs` is null), and a no needs no proof: it lets nothing happen.
 */
export function needsFreshSignIn(
  ofClass: ActionClass,
  { decision }: Pick<Answer, 'decision'>,
  signedInAtMs: number | null,
  nowMs: number,
): Refused | null {
  if (ofClass !== 'eradicate' || decision === 'deny') return null;
  if (signedInAtMs !== null && nowMs - signedInAtMs <= freshSignInMs) return null;
  return refuse(
    'auth/fresh-sign-in',
    'this cannot be undone, so approving it needs a session signed in within the last five minutes; nothing was recorded',
  );
}
