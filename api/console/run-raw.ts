import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { runAnswer, stepAnswer } from '../routes/runs.ts';
import { wholeText } from './data.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** As many as a page of the API has. */
const stepsShown = 50;

/** The run as the API gives it to this person. */
export async function runRaw(view: View, run: RunDetail): Promise<Html> {
  const { read, tenant } = view.deps;
  const { items, next } = await read.listSteps(tenant, { run: run.id }, { limit: stepsShown });
  const steps = items.map((step) => stepAnswer(view.caller, step));
  const at = `/v1/runs/${encodeURIComponent(run.id)}`;
  return html`<section><h2>Run</h2><p><a href="${view.to(at)}"><code>GET ${at}</code></a></p>${text(runAnswer(view.caller, run))}</section>
<section><h2>Steps</h2><p><a href="${view.to(`${at}/steps`)}"><code>GET ${at}/steps</code></a></p>${text(steps)}${next !== null && html`<p class="small dim">The first ${stepsShown} are shown; the API has the others.</p>`}</section>`;
}

function text(value: unknown): Html {
  return wholeText(JSON.stringify(value, null, 2));
}
