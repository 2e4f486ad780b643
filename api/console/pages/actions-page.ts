import { askedAs, mayDecide } from '../../../engine/core/identity/may-decide.ts';
import { enclosingLoop } from '../../../engine/core/run/scope-path.ts';
import type { ActionItem } from '../../../engine/runtime/read/list-actions.ts';
import type { ApprovalItem } from '../../../engine/runtime/read/list-approvals.ts';
import type { StepItem } from '../../../engine/runtime/read/list-steps.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { actionTabs } from '../action-tabs.ts';
import type { Asked } from '../asked.ts';

import { csrfField } from '../csrf.ts';
import { heldList } from '../held-list.ts';
import { type Html, html } from '../html.ts';
import { playbookLink, runLink, targetText } from '../links.ts';
import { pickName } from '../picks.ts';
import { attemptState, stepState } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { taskList } from '../task-card.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';
import { waitingList } from '../waiting-list.ts';

type Tab = 'pending' | 'unknown' | 'progress' | 'history';

// Looking something up changes nothing; those are shown on request only.
const effects = ['notify', 'restore', 'contain', 'eradicate'];

export async function actionsPage(view: View, asked: Asked): Promise<PageReply> {
  const named = asked.query('tab');
  const tab: Tab = named === 'progress' || named === 'history' || named === 'unknown' ? named : 'pending';
  const shown = await contentOf(view, asked, tab);
  return {
    title: 'Action center',
    section: 'actions',
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
  const list = html`${choosable(view, page.items)}${pager(path, query, ['mine', 'run'], page.next, ['First', 'Next'])}`;
  return html`${choice}${held}${list}`;
}

/** With a box for each that this person may decide, when there are several of them. */
function choosable(view: View, items: readonly ApprovalItem[]): Html {
  const mine = items.filter((item) => mayDecide(view.caller, item, 'deny').allowed);
  if (mine.length < 2) return waitingList(view, items);
  const pick = (item: ApprovalItem, n: number) =>
    mine.includes(item)
      ? html`<label class="pick"><input type="checkbox" name="${pickName(n)}" value="${item.id}" aria-label="Choose: ${item.question}"> <span aria-hidden="true">Choose</span></label>`
      : null;
  return html`<form method="post" action="${view.to('/actions/chosen')}">${csrfField(view)}${waitingList(view, items, pick)}
<p class="chosen-go"><button>Read and decide the chosen ones together</button></p></form>`;
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
  const story = await storyOf(view, page.items);
  const list = table<ActionItem>(
    tab === 'progress' ? 'Actions under way' : 'Actions done',
    [
      { head: 'Outcome', cell: (item) => outcomeOf(item, story) },
      {
        head: 'Action',
        cell: (item) =>
          html`<code>${item.action}</code>${item.number > 1 && html` <span class="dim">attempt ${item.number}</span>`}`,
      },
      { head: 'Target', cell: (item) => targetText(item.target) },
      { head: 'Playbook', cell: (item) => playbookLink(view, item.playbook) },
      { head: 'Decided by', cell: story.decidedBy },
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

interface Story {
  decidedBy(item: ActionItem): string | Html;
  /** Null when the step is not there. */
  step(item: ActionItem): StepItem | null;
}

/** What the runs of these attempts know about them; once per run, as a page comes from few runs. */
async function storyOf(view: View, items: readonly ActionItem[]): Promise<Story> {
  const { read, tenant } = view.deps;
  const asking = new Map<string, Set<string>>();
  for (const item of items.filter((each) => each.class !== 'read')) {
    const paths = asking.get(item.run.id) ?? new Set();
    for (const path of stepAndLoops(item.step)) paths.add(path);
    asking.set(item.run.id, paths);
  }
  const voters = new Map<string, string[]>();
  const steps = new Map<string, StepItem>();
  for (const [run, paths] of asking) {
    // Of these steps alone: a loop may have been asked about thousands of times since.
    const filter = { run, steps: [...paths], status: ['granted'] };
    const granted = await read.listApprovals(tenant, filter, { limit: 200 });
    for (const approval of granted.items) {
      const key = keyOf(run, approval.step);
      if (!voters.has(key)) voters.set(key, approval.voters);
    }
  }
  const named = items.map(({ run, step }) => ({ run: run.id, path: step }));
  for (const step of await read.stepsNamed(tenant, named)) {
    const key = keyOf(step.run, step.path);
    steps.set(key, step);
    const before = saidBefore(step);
    if (before !== null) voters.set(key, before);
  }
  const nameOf = await read.nameOfPeople(tenant, [...voters.values()].flat());
  const deciders = new Map([...voters].map(([key, ids]) => [key, ids.map(nameOf).join(', ')]));
  return {
    decidedBy: (item) => deciderOf(deciders, item) ?? html`<span class="dim">–</span>`,
    step: (item) => steps.get(keyOf(item.run.id, item.step)) ?? null,
  };
}

/** Who said yes to the gate or list that the step went out on; null of one that was asked about by itself or not at all. */
function saidBefore({ approval }: StepItem): string[] | null {
  if (!isJsonObject(approval) || approval.approvalId === undefined || !Array.isArray(approval.by))
    return null;
  return approval.by.filter((id) => typeof id === 'string');
}

/** Who decided about the step, or about the list that it is an item of. */
function deciderOf(deciders: ReadonlyMap<string, string>, item: ActionItem): string | null {
  for (const path of stepAndLoops(item.step)) {
    const who = deciders.get(keyOf(item.run.id, path));
    if (who !== undefined) return who;
  }
  return null;
}

/** The step itself, then each list that it is an item of. */
function stepAndLoops(step: string): string[] {
  const paths: string[] = [];
  for (let path: string | null = step; path !== null; path = enclosingLoop(path)) paths.push(path);
  return paths;
}

function keyOf(run: string, step: string): string {
  return `${run} ${step}`;
}

/** A system that only took the order says nothing yet: what came of it is the step's to tell. */
function outcomeOf(item: ActionItem, story: Story): Html {
  const step = item.outcome === 'accepted' ? story.step(item) : null;
  return step === null ? attemptState(item) : stepState(step);
}
