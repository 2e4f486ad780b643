import type { ActionItem } from '../../../engine/runtime/read/list-actions.ts';
import { askedAs } from '../asked-as.ts';
import { type Html, html } from '../html.ts';
import { playbookLink, runLink, targetText } from '../links.ts';
import type { Asked } from '../routes.ts';
import { attemptState } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, View } from '../view.ts';
import { waitingList } from '../waiting-list.ts';

type Tab = 'pending' | 'progress' | 'history';

const tabs: readonly { id: Tab; word: string }[] = [
  { id: 'pending', word: 'Pending' },
  { id: 'progress', word: 'In progress' },
  { id: 'history', word: 'History' },
];

// Looking something up changes nothing; those are shown on request only.
const effects = ['notify', 'restore', 'contain', 'eradicate'];

export async function actionsPage(view: View, asked: Asked): Promise<PageReply> {
  const tab = tabs.find(({ id }) => id === asked.query('tab'))?.id ?? 'pending';
  const shown = tab === 'pending' ? await pending(view, asked) : await attempts(view, asked, tab);
  const path = view.to('/actions');
  return {
    title: 'Action center',
    section: 'actions',
    content: html`<h1>Action center</h1>
<nav class="tabs" aria-label="Action center"><ul>${tabs.map(
      ({ id, word }) =>
        html`<li><a href="${id === 'pending' ? path : `${path}?tab=${id}`}"${id === tab && html` aria-current="page"`}>${word}</a></li>`,
    )}</ul></nav>${shown}`,
  };
}

async function pending(view: View, { query }: Asked): Promise<Html> {
  const { read, tenant } = view.deps;
  const mine = query('mine') === '1';
  const filter = {
    status: ['pending'],
    sort: 'expiresAt',
    mine: mine ? askedAs(view.caller) : undefined,
  } as const;
  const page = await read.listApprovals(
    tenant,
    { ...filter, status: [...filter.status] },
    { limit: 25, cursor: query('cursor') },
  );
  const path = view.to('/actions');
  const choice = html`<p class="filters"><a href="${path}"${!mine && html` aria-current="true"`}>Everybody's</a>
<a href="${path}?mine=1"${mine && html` aria-current="true"`}>Only mine</a></p>`;
  if (page.items.length === 0) {
    const none = mine ? 'Nothing waits for you.' : 'Nothing waits for a person.';
    return html`${choice}${empty(none, 'When a playbook wants to contain something and has to ask, the question appears here.')}`;
  }
  return html`${choice}${waitingList(view, page.items)}${pager(path, query, ['mine'], page.next)}`;
}

async function attempts(view: View, { query }: Asked, tab: 'progress' | 'history'): Promise<Html> {
  const { read, tenant } = view.deps;
  const all = query('reads') === '1';
  const page = await read.listActions(
    tenant,
    {
      status: tab === 'progress' ? ['queued', 'claimed'] : ['done', 'lost', 'revoked'],
      class: all ? undefined : effects,
    },
    { limit: 25, cursor: query('cursor') },
  );
  const path = view.to('/actions');
  const choice = html`<p class="filters"><a href="${path}?tab=${tab}"${!all && html` aria-current="true"`}>Effects</a>
<a href="${path}?tab=${tab}&amp;reads=1"${all && html` aria-current="true"`}>With look-ups</a></p>`;
  if (page.items.length === 0) {
    const none = tab === 'progress' ? 'No action is under way.' : 'Nothing was done yet.';
    return html`${choice}${empty(none, 'Every attempt appears here with its outcome, also those that failed.')}`;
  }
  const deciders = await decidersOf(view, page.items);
  const list = table<ActionItem>(
    tab === 'progress' ? 'Actions under way' : 'Actions done',
    [
      { head: 'Outcome', cell: (item) => attemptState(item) },
      {
        head: 'Action',
        cell: (item) =>
          html`<code>${item.action}</code>${item.number > 1 && html` <span class="dim">attempt ${item.number}</span>`}`,
      },
      { head: 'Target', cell: (item) => targetText(item.target) },
      { head: 'Playbook', cell: (item) => playbookLink(view, item.playbook) },
      { head: 'Decided by', cell: (item) => deciders(item) },
      {
        head: 'When',
        cell: (item) => moment(item.finishedAt ?? item.claimedAt ?? item.createdAt, view.nowMs),
      },
      { head: 'Run', cell: (item) => runLink(view, item.run.id) },
    ],
    page.items,
  );
  return html`${choice}${list}${pager(path, query, ['tab', 'reads'], page.next)}`;
}

/** Per run once: a page of attempts comes from few runs. */
async function decidersOf(
  view: View,
  items: readonly ActionItem[],
): Promise<(item: ActionItem) => string | Html> {
  const { read, tenant, identity } = view.deps;
  const runIds = [...new Set(items.filter((item) => item.class !== 'read').map((item) => item.run.id))];
  const [people, ...perRun] = await Promise.all([
    identity.listPeople(),
    ...runIds.map(async (run) => ({
      run,
      page: await read.listApprovals(tenant, { run, status: ['granted'] }, { limit: 200 }),
    })),
  ]);
  const names = new Map<string, string>(people.map((person) => [person.id, person.name]));
  const byStep = new Map<string, string>();
  for (const { run, page } of perRun) {
    for (const approval of page.items) {
      const who = approval.voters.map((voter) => names.get(voter) ?? voter).join(', ');
      const key = `${run} ${approval.step}`;
      if (!byStep.has(key)) byStep.set(key, who);
    }
  }
  return (item) => byStep.get(`${item.run.id} ${item.step}`) ?? html`<span class="dim">–</span>`;
}
