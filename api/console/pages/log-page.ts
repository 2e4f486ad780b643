import type { Doubt, PlaceWord } from '../../../engine/core/audit/order.ts';
import type { LogItem, LogState, OrderItem } from '../../../engine/runtime/read/read-log-state.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { inLog } from '../entry-list.ts';
import { freshness } from '../freshness.ts';
import { exact, type Html, html } from '../html.ts';
import { tag } from '../states.ts';
import { table } from '../table.ts';
import { moment, momentOr } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';
import { placesOf } from './log-places.ts';

/*
 * Where people who are held read why, and what the two of them have to do. Everybody who is signed in may
 * read it; the use case judges again who may order something.
 */

export function logPage(view: View): Promise<PageReply> {
  return page(view, { reason: '', wrong: null, status: 200 });
}

export async function proposeNewLog(view: View, { form }: Asked): Promise<Reply> {
  const reason = (form('reason') ?? '').trim();
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  if (reason === '') return page(view, { reason, wrong: 'Say why this database goes on.', status: 422 });
  const wish = { kind: 'incarnation', oldKey: form('oldKey') === 'lost' ? 'lost' : 'good' } as const;
  const answer = await view.deps.useCases.proposeAuditOrder(view.caller, { wish, reason });
  if (answer.ok) return { redirect: '/audit/log' };
  return page(view, {
    reason,
    wrong: `Nothing was proposed: ${answer.detail}.`,
    status: statusOf(answer.code),
  });
}

export async function proposeGivingUp(view: View, { form }: Asked): Promise<Reply> {
  const [place, reason] = [(form('place') ?? '').trim(), (form('placeReason') ?? '').trim()];
  if (reason.length > 1000 || place.length > 1000)
    throw new Problem('request/invalid', 'A reason and a name have at most 1,000 characters.');
  const draft = { reason: '', status: 422 };
  if (place === '' || reason === '')
    return page(view, { ...draft, wrong: 'Choose the place and say why it does not come back.' });
  const wish = { kind: 'place', place } as const;
  const answer = await view.deps.useCases.proposeAuditOrder(view.caller, { wish, reason });
  if (answer.ok) return { redirect: '/audit/log' };
  const wrong = `Nothing was proposed: ${answer.detail}.`;
  return page(view, { ...draft, wrong, status: statusOf(answer.code) });
}

export async function confirmOrder(view: View, { form }: Asked): Promise<Reply> {
  const digest = form('digest') ?? '';
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Problem('approval/precondition-required');
  const answer = await view.deps.useCases.confirmAuditOrder(view.caller, { digest });
  if (answer.ok) return { redirect: '/audit/log' };
  const wrong = `Nothing was confirmed: ${answer.detail}.`;
  return page(view, { reason: '', wrong, status: statusOf(answer.code) });
}

interface Draft {
  reason: string;
  wrong: string | null;
  status: number;
}

async function page(view: View, draft: Draft): Promise<PageReply> {
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
${hold === null && state.orders.map((order) => ordered(view, order))}
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

function wayOut(view: View, { orders, doubt }: LogState, draft: Draft): Html {
  const order = orders.find(({ terms }) => terms.kind === 'incarnation') ?? null;
  return html`<section><h2>What to do</h2>
<ol class="steps-to-take"><li>Find out how it came about. If a backup was put back by mistake, stop Riposte, put the right database in its place, and start again: nothing more is needed.</li>
<li>If this database has to go on, two people begin a new log. The one above is closed for ever, and is still served and verified. What it lacks is lost to this installation; the places outside prove that it existed.</li></ol>
${order !== null && ordered(view, order)}
${order?.state !== 'confirmed' && doubt !== null && may(view, 'audit.repair') && (order === null ? proposal(view, draft) : html`<details><summary>Propose another one in its place</summary>${proposal(view, draft)}</details>`)}
${!may(view, 'audit.repair') && html`<p>Two operators have to do it.</p>`}</section>`;
}

function ordered(view: View, order: OrderItem): Html {
  const { proposedBy, proposedAt, terms, digest, state, confirmedBy } = order;
  const mine = order.proposedById === view.caller.personId;
  const lapsed = order.lapsesAt !== null && Date.parse(order.lapsesAt) <= view.nowMs;
  return html`<section class="notice warn" aria-label="Ordered"><p><strong>${subjectOf(order)} is ${state === 'confirmed' ? 'ordered' : 'proposed'}.</strong>
By ${proposedBy} ${moment(proposedAt, view.nowMs)}: ${marked(terms.reason)}</p>
${'doubt' in terms && terms.oldKey === 'lost' && html`<p>The old key is given up: it does not vouch for the new one.</p>`}
${terms.kind === 'truncation' && html`<p>Older than ${terms.retentionDays} days; kept in the archive <code class="wrap">${terms.archive}</code>.</p>`}
${terms.kind === 'place' && html`<p>Brought there: ${terms.carried} entries. ${terms.problem !== null && marked(terms.problem)} Once it is given up nobody asks it or waits for it any more; what it holds stays where it is.</p>`}
<p>Digest <code class="wrap">${digest}</code></p>
${
  state === 'confirmed'
    ? html`<p>Confirmed by ${confirmedBy ?? 'unknown'}. ${order.waitsFor.length === 0 ? 'The sequencer does it now; if it does not run, start it.' : html`It waits until ${order.waitsFor.map((place) => html`<code class="wrap">${place}</code> `)}took what was signed since. One that is gone for good is given up by two people.`}</p>`
    : lapsed
      ? html`<p>Nobody confirmed it within a day, so nobody can any more. Whoever still wants it proposes it again.</p>`
      : mine
        ? html`<p>You proposed it. A second person has to read it here and confirm. The proposal ends ${momentOr(order.lapsesAt, view.nowMs)}.</p>`
        : may(view, 'audit.repair') &&
          html`${freshness(view, '/audit/log')}<form method="post" action="${view.to('/audit/log/confirm')}">${csrfField(view)}<input type="hidden" name="digest" value="${digest}">
<button class="act">Confirm: ${verbOf(order)}</button></form>`
}</section>`;
}

function subjectOf({ terms }: OrderItem): string {
  switch (terms.kind) {
    case 'incarnation':
      return 'A new log';
    case 'key':
      return 'A new key';
    case 'truncation':
      return `Removing the texts of entries ${terms.from} to ${terms.to - 1}`;
    case 'place':
      return `Giving up ${terms.place}`;
  }
}

function verbOf({ terms }: OrderItem): string {
  switch (terms.kind) {
    case 'incarnation':
      return 'begin a new log';
    case 'key':
      return 'change the key';
    case 'truncation':
      return 'remove these texts';
    case 'place':
      return 'give this place up';
  }
}

function proposal(view: View, { reason }: Draft): Html {
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
