import type { Code } from '../../../schemas/codes.ts';
import { approversThatCount, type Question, type Vote } from './judge-approval.ts';
import { peopleWith, standsAlone } from './judge-break-glass.ts';

/*
 * A yes is judged again right before its action goes out (audit facts 2.3, items 3 and 6): by the people
 * as they are now, and by the clock of the database. Between the yes and the effect there may lie a stop,
 * an undo under way or a whole list of other items.
 */

/**
 * How long a yes for one action waits to be used. A person said yes to what they saw; a quarter of an hour
 * later the host may be somebody's workplace again. Long enough for a queue and a short stop, too short for
 * a change of shift.
 */
export const executeWithinMs = 15 * 60_000;

export const grantExpired = {
  code: 'approval/grant-expired',
  message: 'it was granted, but the action did not go out in time; it is asked anew',
} as const;

export interface Grant {
  question: Question;
  votes: readonly Vote[];
  /** Its time to be used is over, by the clock of the database; never of a gate's or a list's. */
  late: boolean;
}

/** Why the yes does not stand any more, or null. */
export function judgeGrant({ question, votes, late }: Grant): { code: Code; message: string } | null {
  if (late) return grantExpired;
  if (question.state !== 'granted') {
    return { code: 'approval/grant-void', message: `the approval is ${question.state}; it is asked anew` };
  }
  const alone = votes.find((vote) => vote.alone === true && standsAlone(vote.voter))?.voter.personId;
  if (typeof alone === 'string' && peopleWith(question, votes, alone).length >= question.glassQuorum)
    return null;
  const counting = approversThatCount(question, votes);
  if (counting.length >= question.quorum) return null;
  const lost = votes
    .flatMap(({ decision, voter }) =>
      decision === 'approve' && voter.personId !== null ? [voter.personId] : [],
    )
    .filter((person) => !counting.includes(person));
  return {
    code: 'approval/grant-void',
    message: `${lost.join(', ') || 'somebody'} said yes and may not any more; it is asked anew`,
  };
}
