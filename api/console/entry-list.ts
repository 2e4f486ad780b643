import type { EntryFilter, EntryItem } from '../../engine/runtime/read/list-entries.ts';
import type { Page, PageRequest } from '../../engine/runtime/read/read-page.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { data } from './data.ts';
import { type Html, html, type Value } from './html.ts';
import { shortId } from './links.ts';
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
export function entryList(view: View, items: readonly EntryItem[], log: string | null = null): Html {
  const of = inLog(log);
  const rows = items.map((item) => ({ item, entry: parseEntry(item.entry) }));
  return table(
    'Entries',
    [
      {
        head: 'Entry',
        cell: ({ item }) =>
          html`<a class="id" href="${view.to(`/audit/${item.index}${of}`)}">${item.index}</a>`,
      },
      { head: 'Time', cell: ({ item }) => moment(item.at, view.nowMs) },
      { head: 'Actor', cell: ({ entry }) => actorOf(entry) },
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

function parseEntry(text: string | null): JsonObject {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    // Bytes that are no entry are the verification's business; the list still shows index and hash.
    return {};
  }
}

function actorOf({ actor }: JsonObject): Value {
  if (!isJsonObject(actor)) return html`<span class="dim">–</span>`;
  return html`${shortId(String(actor.id))} <span class="dim">${String(actor.kind)}, ${String(actor.channel)}</span>`;
}

function targetsOf({ targets }: JsonObject): Value {
  const named = (Array.isArray(targets) ? targets : []).filter(isJsonObject);
  if (named.length === 0) return html`<span class="dim">–</span>`;
  return named
    .slice(0, 3)
    .map((target, index) => [
      index > 0 && ', ',
      `${String(target.kind)} `,
      data(String(target.name ?? target.id)),
    ]);
}

function reasonOf({ reason, code }: JsonObject): Value {
  return [
    typeof code === 'string' && html`<code>${code}</code> `,
    typeof reason === 'string' && reason !== '' && data(reason),
  ];
}
