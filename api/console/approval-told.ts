import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { forecast } from './approval-bar.ts';
import { relative } from './times.ts';
import { versionOf } from './version-of.ts';
import type { View } from './view.ts';

/*
 * What somebody with the card open has to know of at once. More time to decide is not among it: it takes nothing away
 * from what they have read.
 */

/** Another one as soon as what is asked, where it stands, or what this person may say to it is another. */
export function approvalVersion(view: View, approval: ApprovalDetail): string {
  const { digest, state, quorum, approvals, votes, withdrawn, requireComment } = approval;
  return versionOf([
    [digest, state, quorum, approvals, requireComment],
    votes.map(({ person, decision, at }) => [person.id, decision, at]),
    withdrawn.length,
    forecast(view, approval, 'approve').allowed,
    forecast(view, approval, 'deny').allowed,
  ]);
}

/** The last thing that happened to it, in words for somebody who has an older card before them. */
export function toldOf(view: View, approval: ApprovalDetail): string {
  const { state, votes, withdrawn, endedAt, approvals, quorum } = approval;
  const ago = (at: string) => relative(Date.parse(at) - view.nowMs);
  const vote = votes.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  if (state === 'expired') return 'The time to decide is over; silence was a no.';
  if (vote !== undefined && state === 'granted') return `${vote.person.name} approved this ${ago(vote.at)}.`;
  if (vote !== undefined && state === 'denied') return `${vote.person.name} denied this ${ago(vote.at)}.`;
  if (state !== 'pending') return `This question is ${state}${endedAt === null ? '' : ` ${ago(endedAt)}`}.`;
  if (Date.parse(approval.expiresAt) <= view.nowMs) return 'The time to decide is over; silence is a no.';
  const back = withdrawn.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  if (back !== undefined && (vote === undefined || back.at > vote.at))
    return `${back.person.name} took their yes back ${ago(back.at)}; ${approvals} of ${quorum} approvals are there.`;
  if (vote !== undefined)
    return `${vote.person.name} approved this ${ago(vote.at)}; ${approvals} of ${quorum} approvals are there.`;
  return 'Something about this question changed.';
}
