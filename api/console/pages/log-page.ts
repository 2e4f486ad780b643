import type { Doubt, PlaceWord } from '../../../engine/core/audit/order.ts';
import type { LogItem, LogState } from '../../../engine/runtime/read/read-log-state.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { inLog } from '../entry-list.ts';
import { freshness } from '../freshness.ts';
import { exact, type Html, html } from '../html.ts';
import { tag } from '../states.ts';
import { table } from '../table.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';
import { ordered, signing } from './log-orders.ts';
import { placesOf } from './log-places.ts';

/*
 * Where people who are held read why, and what the two of them have to do. Everybody who is signed in may
 * read it; the use case judges again who may order something.
 */

export function logPage(view: View): Promise<PageReply> {
  return showLog(view, { reason: '', wrong: null, status: 200 });
}

export interface LogDraft {
  reason: string;
  wrong: string | null;
  status: number;
}

export async function showLog(view: View, draft: LogDraft): Promise<PageReply> {
  const state = await view.deps.read.readLogState(view.deps.tenant);
  const { hold, doubt, logs } = state;
  return {
    status: draft.status,
    title: 'Log',
    section: 'audit',
    content: html`<article>${may(view, 'audit.read-own') && html`<p class="dim"><a href="${view.to('/audit')}">Audit</a></p>`}<h1>The log</h1>
<p class="lead" role="status">${hold === null ? tag(['Nothing is held by the log', 'check', 'good'], '') : tag(['The log is in doubt, containment is held', 'warn', 'bad'], '')}</p>
${draft.wrong !== null && html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p>${draft.wrong}</p></div>`}
${hold !== null && html`<p>Since ${moment(hold.since, view.nowMs)}: ${marked(hold.reason)}.</p>`}
${hold !== null && (doubt === null ? unknown : known(doubt))}
${hold !== null && wayOut(view, state, draft)}
${hold === null && state.orders.map((order) => ordered(view, order, signing(view, state)))}
${placesOf(view, state)}
<section><h2>Logs</h2>${logTable(view, logs)}</section></article>`,
  };
}

const unknown = html`<p>The sequencer has not said yet what it found. It has to run, with its anchors.</p>`;

function known(doubt: Doubt): Html {
  const rows: { where: string; size: string; root: string | null }[] = [
    { where: 'This database', size: String(doubt.size), root: doubt.root },
    {
      where: 'Its newest checkpoint',
      size: doubt.checkpoint === null ? 'none' : String(doubt.checkpoint.size),
      root: doubt.checkpoint?.root ?? null,
    },
    ...doubt.places.map(wordOf),
  ];
  return html`<section><h2>What is known</h2>
<p>Log <code class="wrap">${doubt.origin}</code></p>
${table(
  'How far the log has come, here and outside',
  [
    { head: 'Where', cell: (row) => html`<span class="wrap">${row.where}</span>` },
    { head: 'Entries', cell: (row) => row.size },
    { head: 'Root', cell: (row) => (row.root === null ? '–' : html`<code class="wrap">${row.root}</code>`) },
  ],
  rows,
)}</section>`;
}

function wordOf(word: PlaceWord): { where: string; size: string; root: string | null } {
  if ('unknown' in word) return { where: word.place, size: `not known: ${word.unknown}`, root: null };
  return { where: word.place, size: word.size === 0 ? 'none' : String(word.size), root: word.root };
}

function wayOut(view: View, state: LogState, draft: LogDraft): Html {
  const { orders, doubt } = state;
  const order = orders.find(({ terms }) => terms.kind === 'incarnation') ?? null;
  return html`<section><h2>What to do</h2>
<ol class="steps-to-take"><li>Find out how it came about. If a backup was put back by mistake, stop Riposte, put the right database in its place, and start again: nothing more is needed.</li>
<li>If this database has to go on, two people begin a new log. The one above is closed for ever, and is still served and verified. What it lacks is lost to this installation; the places outside prove that it existed.</li></ol>
${order !== null && ordered(view, order, signing(view, state))}
${order?.state !== 'confirmed' && doubt !== null && may(view, 'audit.repair') && (order === null ? proposal(view, draft) : html`<details><summary>Propose another one in its place</summary>${proposal(view, draft)}</details>`)}
${!may(view, 'audit.repair') && html`<p>Two operators have to do it.</p>`}</section>`;
}

function proposal(view: View, { reason }: LogDraft): Html {
  return html`${freshness(view, '/audit/log')}<form method="post" action="${view.to('/audit/log/propose')}">${csrfField(view)}
<div class="fields"><label for="reason">Why this database goes on (required)</label>
<textarea id="reason" name="reason" rows="2" maxlength="1000" required>
${exact(reason)}</textarea></div>
<p><label><input type="checkbox" name="oldKey" value="lost"> The old key is lost, or somebody else may have it: it must not vouch for the new one</label></p><button>Propose a new log</button></form>`;
}

function logTable(view: View, logs: readonly LogItem[]): Html {
  if (logs.length === 0) return html`<p>No log has begun yet.</p>`;
  return table(
    'The newest first; only the newest is written',
    [
      {
        head: 'Log',
        cell: ({ log, origin, closedAt }) =>
          html`${may(view, 'audit.read-own') ? html`<a href="${view.to(`/audit${inLog(closedAt === null ? null : log)}`)}"><code class="wrap">${log}</code></a>` : html`<code class="wrap">${log}</code>`} <span class="dim wrap">${origin}</span>`,
      },
      { head: 'Entries', cell: ({ size }) => String(size) },
      {
        head: 'Begun and closed',
        cell: ({ startedAt, closedAt }) => [
          moment(startedAt, view.nowMs),
          closedAt === null ? '' : html`, closed ${moment(closedAt, view.nowMs)}`,
        ],
      },
      { head: 'Key', cell: ({ key }) => (key === null ? '–' : html`<code class="wrap">${key}</code>`) },
    ],
    logs,
  );
}
