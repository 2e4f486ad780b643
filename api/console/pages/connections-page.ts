import { maskConnection, type ShownConnection } from '../../http/mask-connection.ts';
import type { Asked } from '../asked.ts';
import { type Html, html } from '../html.ts';
import { connectionHealth } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { momentOr } from '../times.ts';
import type { PageReply, View } from '../view.ts';

/** The ways into other systems: whether they work, before they are needed. */
export async function connectionsPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const page = await read.listConnections(tenant, {}, { limit: 50, cursor: query('cursor') });
  const items = page.items.map((item) => maskConnection(item, view.caller));
  return {
    title: 'Connections',
    section: 'settings',
    content: html`<h1>Connections</h1>
<p>The ways into other systems. A worker tests each of them every hour: it signs in, reads which rights it was given, and looks at something harmless.</p>
${items.length === 0 ? empty('No worker has a connection.', html`They stand in the file that <code>RIPOSTE_CONNECTIONS</code> names; a worker says what it has when it starts.`) : list(view, items)}${pager(view.to('/settings/connections'), query, [], page.next, ['First', 'Next'])}`,
  };
}

function list(view: View, items: readonly ShownConnection[]): Html {
  return table<ShownConnection>(
    'Connections',
    [
      { head: 'Connection', leads: true, cell: (one) => connectionLink(view, one.id) },
      { head: 'Health', cell: (one) => connectionHealth(one.health) },
      { head: 'Actions', cell: (one) => rightsInShort(one) },
      { head: 'Tested', cell: (one) => momentOr(one.testedAt, view.nowMs) },
      { head: 'Last answer', cell: (one) => momentOr(one.answeredAt, view.nowMs) },
      {
        head: 'Last failure',
        cell: (one) =>
          one.failedAt !== null &&
          html`<code>${one.failureCode ?? ''}</code> ${momentOr(one.failedAt, view.nowMs)}`,
      },
    ],
    items,
  );
}

export function connectionLink(view: View, id: string): Html {
  return html`<a href="${view.to(`/settings/connections/${encodeURIComponent(id)}`)}">${id}</a>`;
}

/** Which may not is what matters; that all may takes one word. */
function rightsInShort({ test }: ShownConnection): Html | null {
  if (test === null || test.actions.length === 0) return null;
  const of = (may: string) => test.actions.filter((action) => action.may === may);
  const [not, unknown] = [of('no'), of('unknown')];
  if (not.length > 0) return html`may not: ${not.map(({ title }) => title).join(', ')}`;
  if (unknown.length > 0)
    return html`<span class="dim">${unknown.length} of ${test.actions.length} unknown</span>`;
  return html`may all ${test.actions.length}`;
}
