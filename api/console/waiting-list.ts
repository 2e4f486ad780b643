import { openAt, type Present } from '../../engine/core/outward/presence.ts';
import type { ApprovalItem } from '../../engine/runtime/read/list-approvals.ts';
import { marked } from './data.ts';
import { type Html, html } from './html.ts';
import { playbookLink, targetList } from './links.ts';
import { otherPeople } from './others.ts';
import { expiry } from './times.ts';
import type { View } from './view.ts';

/** Open questions, the one that expires first on top; the whole row leads to the card. */
export function waitingList(
  view: View,
  approvals: readonly ApprovalItem[],
  pick: (approval: ApprovalItem, n: number) => Html | null = () => null,
  present: readonly Present[] = [],
): Html {
  return html`<ul class="questions" data-list="questions">${approvals.map(
    (
      approval,
      n,
    ) => html`<li class="${approval.class}" data-key="${approval.id}">${pick(approval, n)}<a href="${view.to(`/a/${approval.id}`)}"><strong>${marked(approval.question)}</strong></a>
<p><span class="chip ${approval.class}">${approval.class}</span> ${targetList(approval.targets)} · ${marked(approval.why)}</p>
<p class="small dim">${playbookLink(view, approval.playbook)} · ${approval.approvals} of ${approval.quorum} approvals · ${expiry(approval, view.nowMs)}</p>${otherPeople(view, openAt(present, approval.id), 1)}</li>`,
  )}</ul>`;
}
