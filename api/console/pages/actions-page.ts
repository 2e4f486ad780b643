import { askedAs, mayDecide } from '../../../engine/core/identity/may-decide.ts';
import type { Present } from '../../../engine/core/outward/presence.ts';
import type { ApprovalItem } from '../../../engine/runtime/read/list-approvals.ts';
import { actionList, effects } from '../action-list.ts';
import { actionTabs } from '../action-tabs.ts';
import type { Asked } from '../asked.ts';

import { csrfField } from '../csrf.ts';
import { heldList } from '../held-list.ts';
import { type Html, html } from '../html.ts';
import { incidentOnly, runLink } from '../links.ts';
import { pickName } from '../picks.ts';
import { empty, pager } from '../table.ts';
import { taskList } from '../task-card.ts';
import { may, type PageReply, type View } from '../view.ts';
import { waitingList } from '../waiting-list.ts';

type Tab = 'pending' | 'unknown' | 'progress' | 'history';

export async function actionsPage(view: View, asked: Asked): Promise<PageReply> {
  const named = asked.query('tab');
  const tab: Tab = named === 'progress' || named === 'history' || named === 'unknown' ? named : 'pending';
  const shown = await contentOf(view, asked, tab);
  return {
    title: 'Action center',
    section: 'actions',
    live: tab === 'pending' ? ['approvals'] : ['runs'],
    content: html`<h1>Action center</h1>
${actionTabs(view, tab)}${shown}`,
  };
}

function contentOf(view: View, asked: Asked, tab: Tab): Promise<Html> {
  switch (tab) {
    case 'pending':
      return pending(view, asked);
    case 'unknown':
      return unknown(view, asked);
    case 'progress':
    case 'history':
      return attempts(view, asked, tab);
  }
}

/** Effects that nobody knows about: what is open ends first on top, what is settled newest first. */
async function unknown(view: View, { query }: Asked): Promise<Html> {
  if (!may(view, 'tasks.read')) return empty('You may not see these.', 'A role that may is needed.');
  const { read, tenant } = view.deps;
  const [all, run] = [query('all') === '1', query('run')];
  const page = await read.listTasks(
    tenant,
    all ? { run, sort: '-openedAt' } : { state: ['open'], run, sort: 'answerBefore' },
    { limit: 25, cursor: query('cursor') },
  );
  const path = view.to('/actions');
  const choice = html`<p class="filters"><a href="${path}?tab=unknown"${!all && run === undefined && html` aria-current="true"`}>Open</a>
<a href="${path}?tab=unknown&amp;all=1"${all && html` aria-current="true"`}>With settled ones</a>${run !== undefined && html` <span aria-current="true">Only ${runLink(view, run)}</span>`}</p>`;
  if (page.items.length === 0)
    return html`${choice}${empty('Nothing is unknown.', 'When a target does not answer and cannot be asked what it did, a person is asked here. Silence counts as a no.')}`;
  return html`${choice}${taskList(view, page.items)}${pager(path, query, ['tab', 'all', 'run'], page.next, all ? undefined : ['First', 'Next'])}`;
}

async function pending(view: View, { query }: Asked): Promise<Html> {
  const { read, tenant } = view.deps;
  const mine = query('mine') === '1';
  const run = query('run');
  const filter = {
    status: ['pending'],
    sort: 'expiresAt',
    // Of one run all: the line of a budget or a rule would speak of those of other runs as well.
    held: run === undefined ? 'none' : undefined,
    mine: mine ? askedAs(view.caller) : undefined,
    run,
  } as const;
  const page = await read.listApprovals(
    tenant,
    { ...filter, status: [...filter.status] },
    { limit: 25, cursor: query('cursor') },
  );
  const path = view.to('/actions');
  const choice = html`<p class="filters"><a href="${path}"${!mine && run === undefined && html` aria-current="true"`}>Everybody's</a>
<a href="${path}?mine=1"${mine && html` aria-current="true"`}>Only mine</a>${run !== undefined && html` <span aria-current="true">Only ${runLink(view, run)}</span>`}</p>`;
  const held = run === undefined ? heldList(view, await read.listHeld(tenant, { limit: 50 })) : null;
  if (page.items.length === 0 && held !== null) return html`${choice}${held}`;
  if (page.items.length === 0) {
    const none = mine ? 'Nothing waits for you.' : 'Nothing waits for a person.';
    return html`${choice}${empty(none, 'When a playbook wants to contain something and has to ask, the question appears here.')}`;
  }
  const present = await view.deps.live.presence.of(page.items.map(({ id }) => id));
  const list = html`${choosable(view, page.items, present)}${pager(path, query, ['mine', 'run'], page.next, ['First', 'Next'])}`;
  return html`${choice}${held}${list}`;
}

/** With a box for each that this person may decide, when there are several of them. */
function choosable(view: View, items: readonly ApprovalItem[], present: readonly Present[]): Html {
  const mine = items.filter((item) => mayDecide(view.caller, item, 'deny').allowed);
  if (mine.length < 2) return waitingList(view, items, undefined, present);
  const pick = (item: ApprovalItem, n: number) =>
    mine.includes(item)
      ? html`<label class="pick"><input type="checkbox" name="${pickName(n)}" value="${item.id}" aria-label="Choose: ${item.question}"> <span aria-hidden="true">Choose</span></label>`
      : null;
  return html`<form method="post" action="${view.to('/actions/chosen')}">${csrfField(view)}${waitingList(view, items, pick, present)}
<p class="chosen-go"><button>Read and decide the chosen ones together</button></p></form>`;
}

async function attempts(view: View, { query }: Asked, tab: 'progress' | 'history'): Promise<Html> {
  const { read, tenant } = view.deps;
  const all = query('reads') === '1';
  const incident = query('incident');
  const page = await read.listActions(
    tenant,
    {
      status: tab === 'progress' ? ['queued', 'claimed'] : ['done', 'lost', 'revoked'],
      class: all ? undefined : effects,
      incident,
    },
    { limit: 25, cursor: query('cursor') },
  );
  const path = view.to('/actions');
  const choice = html`<p class="filters"><a href="${path}?tab=${tab}"${!all && html` aria-current="true"`}>Effects</a>
<a href="${path}?tab=${tab}&amp;reads=1"${all && html` aria-current="true"`}>With look-ups</a>${incidentOnly(view, incident)}</p>`;
  if (page.items.length === 0) {
    const none = tab === 'progress' ? 'No action is under way.' : 'Nothing was done yet.';
    return html`${choice}${empty(none, 'Every attempt appears here with its outcome, also those that failed.')}`;
  }
  const caption = tab === 'progress' ? 'Actions under way' : 'Actions done';
  const list = await actionList(view, caption, page.items);
  return html`${choice}${list}${pager(path, query, ['tab', 'reads', 'incident'], page.next)}`;
}
