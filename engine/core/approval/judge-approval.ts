import type { Code } from '../../../schemas/codes.ts';
import { type Decider, isNamed } from '../identity/may-decide.ts';
import { mayI } from '../identity/rights.ts';

/*
 * May this person decide this request, and what follows? Decides only; refuses to know sessions,
 * tokens and rows. Rules: language reference 5 and 9.9, audit facts 2.3 items 2 to 7.
 */

export interface Question {
  state: 'pending' | 'granted' | 'denied' | 'expired' | 'cancelled' | 'superseded';
  digest: string;
  approvers: readonly string[];
  quorum: number;
  /** How many must have said yes when one of them breaks the glass. */
  glassQuorum: number;
  excluded: readonly string[];
  requireComment: 'never' | 'on_deny' | 'always';
  approveBeforeMs: number;
  /** Set when something could not be shown in full: then nobody may say yes. */
  unshowable: string | null;
}

/** A person as the people table has them at this moment, or a service, which never decides. */
export interface Voter extends Decider {
  active: boolean;
}

export interface Vote {
  voter: Voter;
  decision: 'approve' | 'deny';
  /** Given by breaking the glass: it takes the place of all others. */
  alone?: boolean;
}

export interface Answer {
  decision: 'approve' | 'deny';
  digest: string;
  comment: string | null;
  /** How often this person had taken a yes back when they decided; absent: never. It tells a new yes from an old one. */
  round?: number;
}

export interface Refused {
  kind: 'refuse';
  code: Code;
  detail: string;
}

export type Verdict =
  | Refused
  /** `stands`: whether what they said then still counts. */
  | { kind: 'repeat'; votes: number; stands: boolean }
  | {
      kind: 'vote';
      outcome: 'pending' | 'granted' | 'denied';
      votes: number;
      /** It takes the place of an earlier yes of the same person, which is withdrawn with it. */
      instead: boolean;
    };

export function judgeApproval(
  question: Question,
  votes: readonly Vote[],
  tookBack: number,
  voter: Voter,
  answer: Answer,
  nowMs: number,
): Verdict {
  const mayNot = mayNotDecide(question, voter);
  if (mayNot !== null) return mayNot;
  const before = votes.find((vote) => vote.voter.personId === voter.personId);
  const { round = 0 } = answer;
  // Sent before this person thought again, and delivered once more: it was answered then, and counts no second time.
  const old = answer.decision === 'approve' && round < tookBack;
  const same = before?.decision === answer.decision;
  if ((old || same) && answer.digest === question.digest) {
    return { kind: 'repeat', votes: countApprovals(question, votes), stands: same };
  }
  const closed = isClosed(question, nowMs) ?? isAnother(question, answer.digest);
  if (closed === null && round > tookBack)
    return refuse('request/invalid', `you have taken back ${tookBack} votes here, not ${round}`);
  if (closed !== null) return closed;
  // A no ends the question, so whoever has said no meets it closed. A yes can still become a no.
  if (before?.decision === 'deny') {
    return refuse('approval/already-decided', 'you have already said no to this request');
  }
  if (needsComment(question, answer)) {
    return refuse(
      'approval/comment-required',
      `say why you ${answer.decision}: this request asks for a comment`,
    );
  }
  if (answer.decision === 'deny') {
    const others = votes.filter((vote) => vote !== before);
    return {
      kind: 'vote',
      outcome: 'denied',
      votes: countApprovals(question, others),
      instead: before !== undefined,
    };
  }
  if (question.unshowable !== null) {
    return refuse(
      'approval/not-shown',
      `it cannot be approved because ${question.unshowable}; it can be denied`,
    );
  }
  const approvals = countApprovals(question, votes) + 1;
  const outcome = approvals >= question.quorum ? 'granted' : 'pending';
  return { kind: 'vote', outcome, votes: approvals, instead: false };
}

/** Why nothing about this request moves any more, or null. */
export function isClosed(question: Question, nowMs: number): Refused | null {
  if (question.state !== 'pending') {
    return refuse(
      'approval/already-decided',
      `this request has ended as ${question.state}; nothing was changed`,
    );
  }
  if (nowMs < question.approveBeforeMs) return null;
  return refuse('approval/expired', 'the time to decide is over, and silence means no; nothing was changed');
}

export function isAnother(question: Question, digest: string): Refused | null {
  if (digest === question.digest) return null;
  return refuse(
    'approval/digest-mismatch',
    'the action is not the one you were shown; open the request again and read it',
  );
}

/** Why this caller may not decide at all, whatever the answer, or null. */
export function mayNotDecide(question: Question, voter: Voter): Refused | null {
  const right = mayI(voter, 'approvals.decide');
  if (!right.allowed && right.code === 'approval/needs-person') return refuse(right.code, right.reason);
  if (voter.personId === null) return refuse('approval/needs-person', 'Only people decide approvals.');
  if (question.excluded.includes(voter.personId)) {
    return refuse(
      'approval/separation',
      'Whoever started the run or last edited the playbook may not decide about it.',
    );
  }
  if (!voter.active || !isNamed(voter, question.approvers)) {
    return refuse('approval/not-named', `This request asks ${question.approvers.join(', ')}.`);
  }
  return right.allowed ? null : refuse(right.code, right.reason);
}

/** Different people who said yes and still hold the right they voted with; one person counts once. */
export function approversThatCount(question: Question, votes: readonly Vote[]): string[] {
  const people = votes
    .filter((vote) => vote.decision === 'approve' && mayNotDecide(question, vote.voter) === null)
    .flatMap((vote) => vote.voter.personId ?? []);
  return [...new Set(people)];
}

function countApprovals(question: Question, votes: readonly Vote[]): number {
  return approversThatCount(question, votes).length;
}

function needsComment(question: Question, answer: Answer): boolean {
  if ((answer.comment ?? '').trim() !== '') return false;
  return (
    question.requireComment === 'always' ||
    (question.requireComment === 'on_deny' && answer.decision === 'deny')
  );
}

export function refuse(code: Code, detail: string): Refused {
  return { kind: 'refuse', code, detail };
}
