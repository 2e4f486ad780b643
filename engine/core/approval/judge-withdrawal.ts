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
  | { kind: 'repeat'; votes: number }
  | { kind: 'withdraw'; votes: number };

/** `votes` are those that stand; `before`: this person took one back earlier. */
export function judgeWithdrawal(
  question: Question,
  votes: readonly Vote[],
  voter: Voter,
  before: boolean,
  nowMs: number,
): WithdrawalVerdict {
  if (voter.kind === 'service' || voter.personId === null)
    return refuse('approval/needs-person', 'Only people decide approvals.');
  const own = votes.find((vote) => vote.voter.personId === voter.personId);
  const others = approversThatCount(
    question,
    votes.filter((vote) => vote !== own),
  ).length;
  if (question.state === 'granted' && own?.decision === 'approve') {
    return refuse(
      'approval/too-late-to-withdraw',
      'it was granted, and your yes stands: undo takes back what it does, a stop holds what has not gone out yet',
    );
  }
  if (own === undefined && before) return { kind: 'repeat', votes: others };
  if (own === undefined && question.state === 'pending')
    return refuse(
      'approval/no-vote',
      'you have not decided about this request, so there is nothing to take back',
    );
  return isClosed(question, nowMs) ?? { kind: 'withdraw', votes: others };
}
