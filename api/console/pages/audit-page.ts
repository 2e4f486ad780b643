import { entryTypes } from '../../../engine/core/contracts/entry.ts';
import type { Asked } from '../asked.ts';
import { entryList, inLog, ownOnly } from '../entry-list.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { empty, pager } from '../table.ts';
import { may, noteReading, type PageReply, type View } from '../view.ts';

export async function auditPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  await noteReading(view, 'auditPage');
  const type = chosen(query, 'type', entryTypes);
  const { logs } = await read.readLogState(tenant);
  const earlier = logs.slice(1).map(({ log }) => log);
  // A word that is none of them is the newest: nothing is read of what nobody offered.
  const log = chosen(query, 'log', earlier);
  const page = await read.listEntries(
    tenant,
    ownOnly(view, { log, run: query('run'), type: type === undefined ? undefined : [type] }),
    { limit: 50, cursor: query('cursor') },
  );
  const path = view.to('/audit');
  return {
    title: 'Audit',
    section: 'audit',
    content: html`<h1>Audit</h1>
<p>Every fact of this installation, in a <a href="${view.to('/audit/log')}">log</a> whose hashes anybody can recompute.
${!may(view, 'audit.read') && html`<span class="chip">only your own entries</span>`}</p>
${may(view, 'audit.read') && html`<p><a class="button" href="${view.to(`/audit/verify${inLog(log ?? null)}`)}">Verify the log</a></p>`}
${log !== undefined && html`<p class="notice">The log <code class="wrap">${log}</code> is closed: nothing is added to it any more.</p>`}
${filterForm(
  path,
  query,
  [
    { name: 'type', label: 'Type', options: [['', 'All'], ...entryTypes.map((one) => [one, one] as const)] },
    ...(earlier.length > 0
      ? [
          {
            name: 'log',
            label: 'Log',
            options: [['', 'The newest'] as const, ...earlier.map((one) => [one, one] as const)],
          },
        ]
      : []),
  ],
  [{ name: 'run', label: 'Run id' }],
)}
${page.items.length > 0 ? await entryList(view, page.items, log ?? null) : empty('No entries here.', 'Entries of the last second may still be on their way into the log.')}
${pager(path, query, ['type', 'log', 'run'], page.next)}`,
  };
}
