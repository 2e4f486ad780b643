import { createHash } from 'node:crypto';
import { unreadableType } from '../../../engine/runtime/audit/inspect-pending.ts';
import { found, Problem } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { wholeText } from '../data.ts';
import { inLog, ownOnly } from '../entry-list.ts';
import { actorOf, namesIn, parseEntry, reasonOf, targetsOf } from '../entry-words.ts';
import { chosen } from '../filter-form.ts';
import { html, isEmpty } from '../html.ts';
import { runLink } from '../links.ts';
import { tag } from '../states.ts';
import { moment } from '../times.ts';
import { noteReading, type PageReply, type View } from '../view.ts';

/** One entry: its exact bytes, the leaf hash that the log keeps, and whether they fit. */
export async function auditEntryPage(view: View, { id, query }: Asked): Promise<PageReply> {
  if (!/^\d{1,15}$/.test(id)) throw new Problem('request/not-found');
  await noteReading(view, 'auditEntryPage');
  const index = Number(id);
  const { logs } = await view.deps.read.readLogState(view.deps.tenant);
  const log = chosen(
    query,
    'log',
    logs.map((each) => each.log),
  );
  const of = inLog(log ?? null);
  // With its neighbours: a link to one that is not there, or that this person may not see, would be held against them.
  const filter = ownOnly(view, { log, indexes: [index - 1, index, index + 1] });
  const { items } = await view.deps.read.listEntries(view.deps.tenant, filter, { limit: 3 });
  const entry = found(items.find((item) => item.index === index) ?? null);
  const neighbour = (at: number, word: string) =>
    items.some((item) => item.index === at) && html`<a href="${view.to(`/audit/${at}${of}`)}">${word}</a>`;
  const says = parseEntry(entry.entry);
  const nameOf = await namesIn(view, [says]);
  const reason = reasonOf(says);
  return {
    title: `Entry ${index}`,
    section: 'audit',
    content: html`<article><p class="dim"><a href="${view.to(`/audit${of}`)}">Audit</a></p>
<h1>Entry ${index}</h1><p><code>${entry.type}</code> ${moment(entry.at, view.nowMs)}</p>
<dl class="facts-line"><div><dt>Actor</dt><dd>${actorOf(says, nameOf)}</dd></div>
<div><dt>Target</dt><dd>${targetsOf(says)}</dd></div>
${typeof says.runId === 'string' && html`<div><dt>Run</dt><dd>${runLink(view, says.runId)}</dd></div>`}
${!isEmpty(reason) && html`<div><dt>Reason</dt><dd>${reason}</dd></div>`}
<div><dt>Id</dt><dd><code class="wrap">${entry.id}</code></dd></div>
<div><dt>Log</dt><dd><code class="wrap">${entry.log}</code></dd></div>
<div><dt>Leaf hash</dt><dd><code class="wrap">${entry.leaf}</code> ${fits(entry.entry, entry.leaf)}</dd></div></dl>
<h2>Exact bytes</h2><p class="dim small">Leaf hash = SHA-256 of one zero byte, then these bytes (RFC 6962).</p>
${entry.entry === null ? html`<p>${entry.type === unreadableType ? foreign : 'The bytes were pruned; the hash remains.'}</p>` : wholeText(entry.entry)}
${items.length > 1 && html`<nav class="pager" aria-label="Entries">${neighbour(index + 1, 'Newer')}${neighbour(index - 1, 'Older')}</nav>`}</article>`,
  };
}

const foreign =
  'Nobody who writes entries here wrote these bytes: they are no text. Unless they were pruned, an export of the log has them; the hash remains.';

function fits(bytes: string | null, leaf: string) {
  if (bytes === null) return null;
  const computed = createHash('sha256')
    .update(Buffer.from([0]))
    .update(bytes, 'utf8')
    .digest('hex');
  return computed === leaf
    ? tag(['Recomputed, fits', 'check', 'good'], '')
    : tag(['Does not fit these bytes', 'warn', 'bad'], '');
}
