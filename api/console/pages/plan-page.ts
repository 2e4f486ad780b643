import type { PreviewReport } from '../../../engine/core/preview/preview-report.ts';
import { found } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { data } from '../data.ts';
import { explanationList } from '../explanation-list.ts';
import { filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { alertLink, playbookLink } from '../links.ts';
import { previewTree, value } from '../preview-tree.ts';
import type { PageReply, View } from '../view.ts';

/** What the version in force would do about one alert now. It asks no system and changes nothing. */
export async function planPage(view: View, { id, query }: Asked): Promise<PageReply> {
  const playbook = found(await view.deps.read.readPlaybook(view.deps.tenant, id));
  const alert = query('alert')?.trim();
  const path = view.to(`/playbooks/${encodeURIComponent(id)}/plan`);
  const answer =
    alert === undefined
      ? null
      : await view.deps.useCases.planPlaybook(view.caller, {
          playbookId: id,
          alert: { id: alert },
          candidate: null,
        });
  return {
    ...(answer?.ok === false && { status: statusOf(answer.code) }),
    title: `Try ${playbook.title}`,
    section: 'playbooks',
    content: html`<article><p class="dim">${playbookLink(view, playbook)}</p><h1>Try it on an alert</h1>
<p>What version ${playbook.version} would do if the alert came now. No system is asked and nothing is changed.</p>
${filterForm(path, query, [], [{ name: 'alert', label: 'Id of an alert' }], {}, 'Try it')}
${answer === null && html`<p class="dim">The id stands on the page of each <a href="${view.to('/alerts')}">alert</a>, which leads here as well.</p>`}
${answer?.ok === false && html`<p role="alert" class="field-error">${answer.code === 'request/not-found' ? 'There is no such alert.' : answer.detail}</p>`}
${answer?.ok === true && alert !== undefined && result(view, answer.preview, alert)}</article>`,
  };
}

function result(view: View, { triggers, runs, playbook }: PreviewReport, alert: string): Html {
  const more = triggers.reduce((sum, { starts }) => sum + starts, 0) - runs.length;
  return html`<section><h2>Why it would start, or not</h2><p>Alert ${alertLink(view, { id: alert, title: alert })}</p>
${explanationList(triggers, () => playbook.id)}</section>
${runs.map(
  (
    run,
  ) => html`<section><h2>A run by ${run.trigger}${run.element !== '' && html` for ${data(run.element)}`}</h2>
<p><span class="chip">${run.mode}</span></p>
${run.inputs.length > 0 && html`<dl class="facts-line">${run.inputs.map((input) => html`<div><dt>${input.name}</dt><dd>${value(input)}</dd></div>`)}</dl>`}
${previewTree(run)}</section>`,
)}${more > 0 && html`<p>${more} more would be started; the first are shown.</p>`}
${runs.length > 0 && html`<p class="small dim">Not looked at: budgets, stops, what other runs hold, duplicates and full groups.</p>`}`;
}
