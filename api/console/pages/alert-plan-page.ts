import { found, Problem } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { explanationList } from '../explanation-list.ts';
import { html } from '../html.ts';
import { alertLink } from '../links.ts';
import { empty } from '../table.ts';
import type { PageReply, View } from '../view.ts';

/** Which playbooks would start for an alert if it came now; what happened when it came is on its own page. */
export async function alertPlanPage(view: View, { id }: Asked): Promise<PageReply> {
  const alert = found(await view.deps.read.readAlert(view.deps.tenant, id));
  const answer = await view.deps.useCases.explainAlert(view.caller, id);
  if (!answer.ok) throw new Problem(answer.code, answer.detail);
  const { triggers, more } = answer;
  const tryIt = (playbook: string) =>
    view.to(`/playbooks/${encodeURIComponent(playbook)}/plan?alert=${encodeURIComponent(id)}`);
  return {
    title: 'What would start',
    section: 'alerts',
    content: html`<article><p class="dim">${alertLink(view, alert)}</p><h1>What would start for this now</h1>
<p>The playbooks, the routing file and the alert as they are now. Nothing is started.</p>
${
  triggers.length === 0
    ? empty('No playbook has a trigger for it.', 'Triggers whose first condition rules it out are not tried.')
    : explanationList(triggers, ({ playbookId }) => html`<a href="${tryIt(playbookId)}">${playbookId}</a>`)
}${more > 0 && html`<p>${more} more playbooks would look at it.</p>`}
${triggers.length > 0 && html`<p class="small dim">A playbook's name leads to what it would do.</p>`}</article>`,
  };
}
