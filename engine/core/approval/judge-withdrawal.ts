import {
  approversThatCount,
  isClosed,
  type Question,
  type Refused,
  refuse,
  type Vote,
  type Voter,
} from './judge-approval.ts';

/*
 * May this person take their yes back? While the quorum is open, always: it lets nothing happen, so it asks
 * for no digest, no proof and no reason, and also whoever has lost the right to decide may do it. Once it
 * is granted the way back is another one (audit facts 2.3, item 5).
 */

export type WithdrawalVerdict =
  | Refused
  | { kind: 'repeat'; votes: number; round: number }
  | { kind: 'withdraw'; votes: number; round: number };

/**
 * `votes` are those that stand, `tookBack` is how often this person took one back. `round` names the yes that is
 * meant (null: whichever stands): one that is delivered late takes no later yes back. The answer's `round` is the
 * one that a new yes has to name.
 */
export function judgeWithdrawal(
  question: Question,
  votes: readonly Vote[],
  voter: Voter,
  tookBack: number,
  round: number | null,
  nowMs: number,
): WithdrawalVerdict {
  if (voter.kind === 'service' || voter.personId === null)
    return refuse('approval/needs-person', 'Only people decide approvals.');
  const own = votes.find((vote) => vote.voter.personId === voter.personId);
  const others = approversThatCount(
    question,
    votes.filter((vote) => vote !== own),
  ).length;
  const late = round !== null && round < tookBack;
  if (late || (own === undefined && tookBack > 0))
    return {
      kind: 'repeat',
      votes: late ? approversThatCount(question, votes).length : others,
      round: tookBack,
    };
  if (question.state === 'granted' && own?.decision === 'approve') {
    return refuse(
      'approval/too-late-to-withdraw',
      'it was granted, and your yes stands: undo takes back what it does, a stop holds what has not gone out yet',
    );
  }
  if (own === undefined && question.state === 'pending')
    return refuse(
      'approval/no-vote',
      'you have not decided about this request, so there is nothing to take back',
    );
  return isClosed(question, nowMs) ?? { kind: 'withdraw', votes: others, round: tookBack + 1 };
}
