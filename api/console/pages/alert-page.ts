import { maskValues } from '../../../engine/core/identity/mask-values.ts';
import type { Json } from '../../../schemas/json.ts';
import { foundOrGone } from '../../http/found-or-gone.ts';
import { alertWeight, atSource } from '../alert-words.ts';
import type { Asked } from '../asked.ts';
import { data, jsonData, marked } from '../data.ts';
import { html } from '../html.ts';
import { incidentLink, runLink, targetText } from '../links.ts';
import { stateOf, traceOutcome } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';

/** One alert and, for every trigger that was tried, why it did or did not start a run. */
export async function alertPage(view: View, { id, query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const alert = await foundOrGone(await read.readAlert(tenant, id), { read, tenant }, id);
  const { items: trace, next } = await read.listTrace(tenant, id, { limit: 100, cursor: query('cursor') });
  const path = view.to(`/alerts/${encodeURIComponent(id)}`);
  const shown = (value: Json): Json => (may(view, 'values.read') ? value : maskValues(value));
  const said = typeof alert.alert.description === 'string' ? alert.alert.description : '';
  return {
    title: alert.title,
    section: 'alerts',
    content: html`<article><p class="dim"><a href="${view.to('/alerts')}">Alerts</a></p><h1>${marked(alert.title)}</h1>
<p class="lead">${alertWeight(view, alert)} · ${alert.category} · from ${data(alert.source)} ${atSource(view, alert)} ${moment(alert.createdAt, view.nowMs)}</p>
${said !== '' && may(view, 'values.read') && jsonData(said)}
<dl class="facts-line"><div><dt>Targets</dt><dd>${alert.targets.map((target) => html`<p>${targetText(target)} <span class="dim">id ${data(target.id)}</span></p>`)}</dd></div>
<div><dt>Runs</dt><dd>${alert.runs.length === 0 ? 'none' : alert.runs.map((run) => html`<p>${stateOf(run.state)} ${runLink(view, run.id)} ${run.playbookId}</p>`)}</dd></div>
${alert.incidentId !== null && html`<div><dt>Incident</dt><dd>${incidentLink(view, { id: alert.incidentId })}</dd></div>`}
<div><dt>Alert</dt><dd><code class="wrap">${alert.id}</code></dd></div></dl>
${alert.incidentId !== null && alert.runs.length > 0 && may(view, 'runs.undo') && html`<p><a class="button" data-shortcut="u" href="${view.to(`/incidents/${encodeURIComponent(alert.incidentId)}/undo`)}">Take back the whole incident</a></p>`}
<section><h2>Why it did what it did</h2>${
      trace.length === 0
        ? empty(
            alert.state === 'accepted' ? 'Not matched yet.' : 'No playbook has a trigger for it.',
            'Every trigger that is tried is named here with the reason.',
          )
        : table(
            'Triggers tried',
            [
              { head: 'Outcome', cell: (line) => traceOutcome(line.outcome) },
              {
                head: 'Playbook',
                cell: (line) =>
                  html`<a href="${view.to(`/playbooks/${encodeURIComponent(line.playbookId)}`)}">${line.playbookId}</a> <span class="dim">${line.triggerId}</span>`,
              },
              { head: 'Element', cell: (line) => line.element !== '' && data(line.element) },
              { head: 'Why', cell: (line) => line.detail !== null && data(line.detail) },
              { head: 'Run', cell: (line) => line.runId !== null && runLink(view, line.runId) },
            ],
            trace,
          )
    }${pager(path, query, [], next, ['First', 'Next'])}
${may(view, 'values.read') && html`<p><a href="${`${path}/plan`}">What would start for this now?</a></p>`}</section>
<section><h2>As playbooks see it</h2>${jsonData(shown(alert.alert))}
<details><summary>As the source sent it</summary>${jsonData(shown(alert.raw))}</details></section></article>`,
  };
}
