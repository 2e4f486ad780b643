import type { EntryFilter, EntryItem } from '../../engine/runtime/read/list-entries.ts';
import type { Page, PageRequest } from '../../engine/runtime/read/read-page.ts';
import { isJsonObject } from '../../schemas/json.ts';
import { actorOf, namesIn, parseEntry, reasonOf, targetsOf } from './entry-words.ts';
import { type Html, html } from './html.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import { may, noteReading, type View } from './view.ts';

/**
 * Null for those who may read none; who may read only their own gets those.
 * @param door as the entry about the reading names it
 */
export async function visibleEntries(
  view: View,
  filter: EntryFilter,
  page: PageRequest,
  door: string,
): Promise<Page<EntryItem> | null> {
  if (!may(view, 'audit.read-own')) return null;
  await noteReading(view, door);
  const { read, tenant } = view.deps;
  return read.listEntries(tenant, ownOnly(view, filter), page);
}

export function ownOnly(view: View, filter: EntryFilter): EntryFilter {
  return may(view, 'audit.read') ? filter : { ...filter, actor: view.caller.id };
}

/** @param log an earlier one, which its links have to name; null for the newest */
export async function entryList(
  view: View,
  items: readonly EntryItem[],
  log: string | null = null,
): Promise<Html> {
  const of = inLog(log);
  const rows = items.map((item) => ({ item, entry: parseEntry(item.entry) }));
  const nameOf = await namesIn(
    view,
    rows.map(({ entry }) => entry),
  );
  return table(
    'Entries',
    [
      {
        head: 'Entry',
        cell: ({ item }) =>
          html`<a class="id" href="${view.to(`/audit/${item.index}${of}`)}">${item.index}</a>`,
      },
      { head: 'Time', cell: ({ item }) => moment(item.at, view.nowMs) },
      { head: 'Actor', cell: ({ entry }) => actorOf(entry, nameOf) },
      {
        head: 'Type',
        cell: ({ item, entry }) => [
          html`<code>${item.type}</code>`,
          entry.simulated === true && html` <span class="chip">pretended</span>`,
          isJsonObject(entry.data) &&
            entry.data.severity === 'critical' &&
            html` <span class="chip critical">critical</span>`,
        ],
      },
      { head: 'Target', cell: ({ entry }) => targetsOf(entry) },
      { head: 'Reason', cell: ({ entry }) => reasonOf(entry) },
    ],
    rows,
  );
}

/** What an address says about a log; nothing of the newest. */
export function inLog(log: string | null): string {
  return log === null ? '' : `?log=${encodeURIComponent(log)}`;
}
