import { inWords } from '../../../engine/core/undo/in-words.ts';
import type { UndoRecordItem } from '../../../engine/runtime/read/list-undo-records.ts';
import { maskUndo } from '../../http/mask-undo.ts';
import { actionTabs } from '../action-tabs.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { data } from '../data.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { runLink, targetText } from '../links.ts';
import { undoState } from '../states.ts';
import { type Column, empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';
import { recordPick, severalForm } from './undo-several-page.ts';

const states = ['undo-failed', 'changed-since', 'undoing', 'left-as-is'] as const;

/** What could not be taken back, over all runs, with the next thing to do beside it. */
export async function undoTroublePage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const state = chosen(query, 'state', states);
  const filter = {
    state: state === undefined ? undefined : [state],
    system: plain(query('system')),
    incident: plain(query('incident')),
  };
  const page = await read.listUndoRecords(tenant, filter, { limit: 25, cursor: query('cursor') });
  const path = view.to('/undo');
  const choice = filterForm(
    path,
    query,
    [
      {
        name: 'state',
        label: 'State',
        options: [
          ['', 'What waits for a person'],
          ['undo-failed', 'Could not be taken back'],
          ['changed-since', 'Changed by somebody since'],
          ['undoing', 'Being taken back'],
          ['left-as-is', 'Accepted as it is'],
        ],
      },
    ],
    [
      { name: 'system', label: 'System' },
      { name: 'incident', label: 'Incident' },
    ],
  );
  return {
    title: 'Undo trouble',
    section: 'actions',
    content: html`<h1>Action center</h1>
${actionTabs(view, 'trouble')}${choice}${
  page.items.length === 0
    ? empty('Nothing of this kind is left.', [
        'What cannot be taken back, or was changed by somebody since, appears here, whatever run it belongs to.',
      ])
    : records(view, page.items)
}${pager(path, query, ['state', 'system', 'incident'], page.next)}`,
  };
}

/** A word of the address as the database takes it: anything else finds nothing rather than failing. */
function plain(given: string | undefined): string | undefined {
  return given === undefined || given === '' ? undefined : given.replaceAll('\u0000', '').slice(0, 200);
}

/** With a box for each that can be tried again, when there are several of them. */
function records(view: View, items: readonly UndoRecordItem[]): Html {
  const mine = items.filter((item) => mayRetry(view, item));
  const several = mine.length > 1;
  const pick: Column<UndoRecordItem> = {
    head: 'Choose',
    cell: (item) => (mine.includes(item) ? recordPick(item, mine.indexOf(item)) : null),
  };
  const list = table<UndoRecordItem>(
    'What could not be taken back',
    [
      ...(several ? [pick] : []),
      { head: 'State', cell: (item) => undoState(item.state) },
      { head: 'Target', cell: (item) => targetText(item.target) },
      { head: 'Was done', cell: (item) => html`${item.name} <code>${item.action}</code>` },
      { head: 'Why', cell: (item) => whyOf(view, item) },
      { head: 'When', cell: (item) => moment(item.at, view.nowMs) },
      { head: 'Run', cell: (item) => runLink(view, item.run.id) },
      { head: 'What now', cell: (item) => nextOf(view, item), leads: true },
    ],
    items,
  );
  return html`${list}${several && severalForm(view, '', null)}`;
}

function mayRetry(view: View, { state }: UndoRecordItem): boolean {
  return may(view, 'runs.undo') && ['undo-failed', 'changed-since'].includes(state);
}

export function whyOf(view: View, record: UndoRecordItem): Html | string {
  const { changed, failure } = may(view, 'values.read') ? record : maskUndo(record);
  if (changed !== null && failure?.code === 'undo/changed-since')
    return html`Left as ${data(inWords(changed.expected))}, found ${data(inWords(changed.found))}`;
  return failure === null ? '' : html`${data(failure.message)}`;
}

/** Trying again sends nothing over a target that was changed: it looks again, so one press is enough. */
function nextOf(view: View, item: UndoRecordItem): Html {
  const at = view.to(`/undo/${encodeURIComponent(item.id)}`);
  const look = html`<a class="button" href="${at}">Look at it</a>`;
  if (!mayRetry(view, item)) return look;
  return html`<form method="post" action="${at}">${csrfField(view)}<input type="hidden" name="do" value="retry">
<input type="hidden" name="reason" value="Tried again from the list of undo trouble">
<button>Try again</button> ${look}</form>`;
}
