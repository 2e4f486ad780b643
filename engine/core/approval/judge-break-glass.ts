import { mayI } from '../identity/rights.ts';
import { freshSignInMs } from './fresh-sign-in.ts';
import {
  approversThatCount,
  isAnother,
  isClosed,
  type Question,
  type Refused,
  refuse,
  type Vote,
  type Voter,
} from './judge-approval.ts';

/*
 * May this person decide alone what takes more people or others? For the night in which nobody else answers:
 * it takes the place of the votes and of nothing else. Guardrails, stops and budgets are judged afterwards,
 * where they always are, and none of them asks how a yes came about (decision record 0013). How many people a
 * guardrail wants is no matter of votes: the one who breaks the glass is one of them (record 0019).
 */

const hourMs = 3_600_000;

/** The database has the same bounds (migration 0009); a test compares them. */
export const breakGlass = {
  /** Host, account and sender of one incident. Who needs a fourth within a day lacks approvers, not a role. */
  usesPerDay: 3,
  /** Long enough for what is burning and who was not reached. */
  reasonLengthMin: 20,
  reasonLengthMax: 2_000,
  /** The role counts a day after it was given: everybody is told of it meanwhile. */
  ripensMs: 24 * hourMs,
  reviewWithinMs: 24 * hourMs,
} as const;

export interface GlassRecord {
  /** Since when the role is held; null when it is not. */
  heldSinceMs: number | null;
  usesWithinDay: number;
  /** Uses that nobody has reviewed in time. */
  overdue: number;
  /** This very question was decided so by this very person. */
  done: boolean;
}

export interface GlassAnswer {
  digest: string;
  reason: string;
  signedInAtMs: number | null;
}

export type GlassVerdict = Refused | { kind: 'repeat' } | { kind: 'break' };

export function judgeBreakGlass(
  question: Question,
  votes: readonly Vote[],
  voter: Voter,
  record: GlassRecord,
  answer: GlassAnswer,
  nowMs: number,
): GlassVerdict {
  const right = mayI(voter, 'approvals.break-glass');
  if (!right.allowed) return refuse(right.code, right.reason);
  if (voter.personId === null || !voter.active)
    return refuse('approval/needs-person', 'Only people decide approvals.');
  if (record.done) return { kind: 'repeat' };
  return (
    isClosed(question, nowMs) ??
    isAnother(question, answer.digest) ??
    isOutOfBounds(record, nowMs) ??
    isTooFew(question, votes, voter.personId) ??
    isUnfit(question, answer, nowMs) ?? { kind: 'break' }
  );
}

/** Everybody whose yes counts, whoever breaks the glass among them. */
export function peopleWith(question: Question, votes: readonly Vote[], alone: string): string[] {
  return [...new Set([...approversThatCount(question, votes), alone])];
}

function isTooFew(question: Question, votes: readonly Vote[], alone: string): Refused | null {
  const people = peopleWith(question, votes, alone).length;
  if (people >= question.glassQuorum) return null;
  return refuse(
    'approval/break-glass-quorum',
    `the guardrails want ${question.glassQuorum} people here, and with you it would be ${people}; others have to say yes first`,
  );
}

/** Whether a yes that was given so still stands when its action goes out. */
export function standsAlone(voter: Voter): boolean {
  return voter.active && voter.personId !== null && mayI(voter, 'approvals.break-glass').allowed;
}

function isOutOfBounds(record: GlassRecord, nowMs: number): Refused | null {
  if (record.heldSinceMs === null || nowMs - record.heldSinceMs < breakGlass.ripensMs)
    return refuse('approval/break-glass-too-new', 'the role was given to you less than a day ago');
  if (record.overdue > 0)
    return refuse(
      'approval/break-glass-locked',
      'you did it before, and nobody has reviewed that within a day; it has to be reviewed first',
    );
  if (record.usesWithinDay < breakGlass.usesPerDay) return null;
  return refuse(
    'approval/break-glass-limit',
    `you did it ${record.usesWithinDay} times within a day; somebody else has to decide`,
  );
}

function isUnfit(question: Question, { reason, signedInAtMs }: GlassAnswer, nowMs: number): Refused | null {
  if (question.unshowable !== null)
    return refuse('approval/not-shown', `it cannot be approved because ${question.unshowable}`);
  const { length } = reason.trim();
  if (length < breakGlass.reasonLengthMin || length > breakGlass.reasonLengthMax)
    return refuse(
      'approval/break-glass-reason',
      `say in ${breakGlass.reasonLengthMin} to ${breakGlass.reasonLengthMax} characters what cannot wait and who was not reached`,
    );
  if (signedInAtMs !== null && nowMs - signedInAtMs <= freshSignInMs) return null;
  return refuse(
    'auth/fresh-sign-in',
    'deciding alone needs a session signed in within the last five minutes; nothing was recorded',
  );
}
