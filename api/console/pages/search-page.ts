import type { Permission } from '../../../engine/core/identity/rights.ts';
import { newestAlerts } from '../../../engine/runtime/read/find-targets.ts';
import type { Target } from '../../../engine/runtime/read/target.ts';
import { alertList } from '../alert-list.ts';
import type { Asked } from '../asked.ts';
import { containedList } from '../contained-list.ts';
import { data } from '../data.ts';
import { filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { incidentList } from '../incident-list.ts';
import { targetWithId } from '../links.ts';
import { addressWith, empty, table } from '../table.ts';
import { may, type PageReply, type View } from '../view.ts';

/** What somebody has in hand, an id or the name of a target or user, and everything that is known under it. */
export async function searchPage(view: View, { query }: Asked): Promise<PageReply> {
  const path = view.to('/search');
  const words = (query('q') ?? '').trim().slice(0, 600);
  return {
    title: 'Search',
    section: 'search',
    content: html`<h1>Search</h1>
${filterForm(path, query, [], [{ name: 'q', label: 'Id, target or user' }], {}, 'Search')}
${words === '' ? empty('Nothing was asked for.', 'Type the id of a run, question, alert or incident, or what a host, user, file or address is called.') : await found(view, words)}`,
  };
}

async function found(view: View, words: string): Promise<Html> {
  const { read, tenant } = view.deps;
  const [own, targets] = await Promise.all([byId(view, words), read.findTargets(tenant, words)]);
  const known = targets.slice(0, lookedInto);
  const of = await Promise.all(
    known.map(async ({ kind, id }) => {
      const [filter, page] = [{ target: { kind, id } }, { limit: 10 }];
      const [contained, incidents, alerts] = await Promise.all([
        may(view, 'runs.read') ? read.listContained(tenant, filter, page) : nothing,
        may(view, 'incidents.read') ? read.listIncidents(tenant, filter, page) : nothing,
        may(view, 'alerts.read') ? read.listAlerts(tenant, filter, page) : nothing,
      ]);
      return { contained: contained.items, incidents: incidents.items, alerts: alerts.items };
    }),
  );
  const contained = unique(of.flatMap((each) => each.contained));
  const incidents = unique(of.flatMap((each) => each.incidents));
  const alerts = unique(of.flatMap((each) => each.alerts));
  const titles = (list: string, word: string) =>
    html`<a href="${addressWith(view.to(list), () => undefined, [], { q: words, status: 'all', severity: 'all' })}">${word}</a>`;
  return html`${own}${
    targets.length > 0 &&
    html`<section><h2>Targets</h2>${targetTable(view, targets)}${
      targets.length > known.length &&
      html`<p class="small dim">What follows is of the first ${known.length} of them.</p>`
    }</section>`
  }
${contained.length > 0 && html`<section><h2>Contained now</h2>${containedList(view, contained)}</section>`}
${incidents.length > 0 && html`<section><h2>Incidents</h2>${incidentList(view, incidents)}</section>`}
${alerts.length > 0 && html`<section><h2>Alerts</h2>${alertList(view, alerts)}</section>`}
${own === null && targets.length === 0 && empty(html`Nothing is known as ${data(words)}.`, 'Ids are looked for everywhere and have to be whole.')}
<p class="small dim">Names of targets are looked for by how they begin, and by any part of them in the newest ${newestAlerts.toLocaleString('en')} alerts. Of a target the newest ten of each are shown. ${titles('/incidents', 'Incidents whose title contains it')}</p>`;
}

/** A name that many share, such as the subject of a mail, would otherwise be a page of pages. */
const lookedInto = 5;
const nothing = { items: [] };

function unique<Item extends { id: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

function targetTable(view: View, targets: readonly Target[]): Html {
  const list = (at: string, { kind, id }: Target, more: { [name: string]: string } = {}) =>
    addressWith(view.to(at), () => undefined, [], { target: `${kind}:${id}`, ...more });
  return table<Target>(
    'Targets',
    [
      { head: 'Target', cell: targetWithId },
      {
        head: 'All of it',
        cell: (target) =>
          html`<a href="${list('/incidents', target, { status: 'all', severity: 'all' })}">Incidents</a> · <a href="${list('/contained', target)}">Contained now</a>`,
      },
    ],
    targets,
  );
}

interface Kind {
  word: string;
  at: string;
  permission: Permission;
  read(view: View, id: string): Promise<unknown>;
}

const kinds: { readonly [prefix: string]: Kind } = {
  inc: {
    word: 'The incident',
    at: '/incidents/',
    permission: 'incidents.read',
    read: ({ deps }, id) => deps.read.readIncident(deps.tenant, id),
  },
  alr: {
    word: 'The alert',
    at: '/alerts/',
    permission: 'alerts.read',
    read: ({ deps }, id) => deps.read.readAlert(deps.tenant, id),
  },
  run: {
    word: 'The run',
    at: '/runs/',
    permission: 'runs.read',
    read: ({ deps }, id) => deps.read.readRun(deps.tenant, id),
  },
  apr: {
    word: 'The question',
    at: '/a/',
    permission: 'approvals.read',
    read: ({ deps }, id) => deps.read.readApproval(deps.tenant, id),
  },
  tsk: {
    word: 'The task',
    at: '/t/',
    permission: 'tasks.read',
    read: ({ deps }, id) => deps.read.readTask(deps.tenant, id),
  },
  und: {
    word: 'The undo record',
    at: '/undo/',
    permission: 'runs.read',
    read: ({ deps }, id) => deps.read.readUndoRecord(deps.tenant, id),
  },
};

/** Asked by an id for what is not there leaves an entry here as at every other door. */
async function byId(view: View, words: string): Promise<Html | null> {
  const prefix = /^([a-z]{3})_[\w-]{1,100}$/.exec(words)?.[1] ?? '';
  const kind = Object.hasOwn(kinds, prefix) ? kinds[prefix] : undefined;
  if (kind === undefined || !may(view, kind.permission)) return null;
  if ((await kind.read(view, words)) === null) {
    const { kind: who, id, channel, requestId } = view.caller;
    const door = { actor: { kind: who, id, channel }, requestId };
    await view.deps.identity.noteMissing(door, { route: 'GET /search', id: words });
    return null;
  }
  return html`<section><h2>By its id</h2><p>${kind.word} <a class="id" href="${view.to(kind.at + encodeURIComponent(words))}">${words}</a></p></section>`;
}
