import { mayI } from '../identity/rights.ts';
import { type Refused, refuse, type Voter } from './judge-approval.ts';

export const findings = ['justified', 'not-justified'] as const;
export type Finding = (typeof findings)[number];

/** Who decided alone, and who has looked at it since. */
export interface Glass {
  personId: string;
  reviewedBy: string | null;
  finding: Finding | null;
  /** Whoever decided this alone has reviewed, of late, what the one who comes now decided alone. */
  mutual: boolean;
}

/** The database has the same bound (migration 0016); a test compares them. */
export const mutualWithinMs = 90 * 24 * 3_600_000;

export interface Review {
  finding: Finding;
  comment: string;
}

/** Somebody else says what they think of it. The first word stands: it closes the matter for everybody. */
export function judgeReview(
  glass: Glass,
  reviewer: Voter,
  review: Review,
): Refused | { kind: 'repeat' } | { kind: 'review' } {
  const right = mayI(reviewer, 'approvals.review');
  if (!right.allowed) return refuse(right.code, right.reason);
  if (reviewer.personId === null || !reviewer.active)
    return refuse('approval/needs-person', 'Only people review.');
  if (reviewer.personId === glass.personId)
    return refuse('approval/separation', 'Whoever decided alone does not review it.');
  if (glass.reviewedBy === reviewer.personId && glass.finding === review.finding) return { kind: 'repeat' };
  if (glass.reviewedBy !== null)
    return refuse('approval/already-decided', 'it was reviewed before, and that stands');
  if (glass.mutual)
    return refuse(
      'approval/mutual-review',
      'Whoever decided this alone has reviewed what you decided alone; somebody else has to look at it.',
    );
  if (review.comment.trim() !== '') return { kind: 'review' };
  return refuse('approval/comment-required', 'say what you looked at');
}
