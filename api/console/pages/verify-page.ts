import type { Asked } from '../asked.ts';
import { inLog } from '../entry-list.ts';
import { chosen } from '../filter-form.ts';
import { html } from '../html.ts';
import { tag } from '../states.ts';
import { may, type PageReply, type View } from '../view.ts';

/** Recomputes the log now and says what was found; that it was asked is an entry of its own. */
export async function verifyPage(view: View, { form }: Asked): Promise<PageReply> {
  const { logs } = await view.deps.read.readLogState(view.deps.tenant);
  const log =
    chosen(
      form,
      'log',
      logs.slice(1).map((each) => each.log),
    ) ?? null;
  const found = await view.deps.useCases.verifyAudit(view.caller, log);
  const { checkpoint } = found;
  return {
    title: 'Verification',
    section: 'audit',
    content: html`<article><p class="dim"><a href="${view.to('/audit')}">Audit</a></p><h1>Verification</h1>
<p class="lead" role="status">${found.ok ? tag(['The log is whole', 'check', 'good'], '') : tag(['The log does not hold together', 'warn', 'bad'], '')}</p>
${may(view, 'audit.read') && html`<p>The server computed this, so it is its word. <a href="${view.to(`/audit/verify${inLog(log)}`)}">Your browser can do it</a>, with a key that you bring.</p>`}
<dl class="facts-line"><div><dt>Entries recomputed</dt><dd>${found.size}</dd></div>
<div><dt>Not yet in the log</dt><dd>${found.pending}</dd></div>
<div><dt>Log</dt><dd><code class="wrap">${found.log}</code></dd></div>
<div><dt>Root</dt><dd><code class="wrap">${found.root}</code></dd></div>
<div><dt>Key, as this database names it: compare it with the one you were given</dt><dd>${found.keys.map((key) => html`<code class="wrap">${key}</code> `)}</dd></div>
<div><dt>Signed checkpoint</dt><dd>${checkpoint === null ? 'none yet' : html`at ${checkpoint.size} entries, <code class="wrap">${checkpoint.root}</code>`}</dd></div></dl>
${checkpoint?.note != null && html`<details><summary>Checkpoint as it was signed</summary><pre>${checkpoint.note}</pre></details>`}
${
  found.problems.length > 0 &&
  html`<h2>Problems</h2><ul class="plain">${found.problems.map(
    ({ code, index, detail }) =>
      html`<li><code>${code}</code>${index !== null && html` at <a href="${view.to(`/audit/${index}${inLog(log)}`)}">entry ${index}</a>`}: ${detail}</li>`,
  )}</ul>`
}</article>`,
  };
}
