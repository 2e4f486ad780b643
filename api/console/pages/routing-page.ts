import type { RouteItem } from '../../../engine/runtime/read/list-routes.ts';
import type { Asked } from '../asked.ts';
import { data, nameData } from '../data.ts';
import { filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { tag } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { momentOr } from '../times.ts';
import type { PageReply, View } from '../view.ts';

const perPage = 100;

/** Which playbook looks at an event, in which order and how boldly: the routing file in force. */
export async function routingPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const filter = { q: query('q')?.slice(0, 200) };
  const [{ version, publishedBy, publishedAt }, routes] = await Promise.all([
    read.readRouting(tenant),
    read.listRoutes(tenant, filter, { limit: perPage, cursor: query('cursor') }),
  ]);
  const nameOf = await read.nameOfPeople(tenant, publishedBy === null ? [] : [publishedBy]);
  const path = view.to('/settings/routing');
  const inForce = html`<dl class="facts-line"><div><dt>Version</dt><dd>${version}</dd></div>
<div><dt>Published by</dt><dd>${publishedBy === null ? '–' : nameOf(publishedBy)}</dd></div>
<div><dt>Since</dt><dd>${momentOr(publishedAt, view.nowMs)}</dd></div></dl>`;
  return {
    title: 'Routing',
    section: 'settings',
    content: html`<h1>Routing</h1>
<p>Which playbooks look at an event, the lowest order first. A playbook that is not listed counts as order 1000. <code>riposte check</code> reads a file before it is put in force with <code>PUT /v1/settings/routing</code>.</p>
${
  version === 0
    ? empty('No routing file is in force.', 'Every playbook looks at everything, in the order of ids.')
    : html`${inForce}${filterForm(path, query, [], [{ name: 'q', label: 'Playbook' }])}
${routes.items.length > 0 ? list(view, routes.items) : none(path, filter.q)}${pager(path, query, ['q'], routes.next, ['First', 'Next'])}`
}`,
  };
}

function none(path: string, q: string | undefined): Html {
  return q === undefined
    ? empty('The file lists no playbook.', 'Every playbook looks at everything, in the order of ids.')
    : empty('No entry is of such a playbook.', html`<a href="${path}">All entries</a>`);
}

function list(view: View, routes: readonly RouteItem[]): Html {
  return table<RouteItem>(
    'Entries',
    [
      { head: 'Place', cell: (route) => String(route.place) },
      {
        head: 'Playbook',
        leads: true,
        cell: (route) =>
          route.title === null
            ? html`<code>${route.playbook}</code>`
            : html`<a href="${view.to(`/playbooks/${encodeURIComponent(route.playbook)}`)}">${nameData(route.title)}</a> <code class="small">${route.playbook}</code>`,
      },
      { head: 'Order', cell: (route) => String(route.order) },
      { head: 'State', cell: (route) => stateOf(route, view.nowMs) },
      { head: 'Mode', cell: (route) => route.mode ?? 'its own' },
      { head: 'Only', cell: (route) => (route.match === null ? 'everything' : data(route.match)) },
    ],
    routes,
  );
}

/** The day itself is still one of its days. */
function stateOf({ enabled, expires }: RouteItem, nowMs: number): Html {
  if (!enabled) return tag(['Off', 'dash', 'quiet'], 'off');
  if (expires === null) return tag(['On', 'check', 'good'], 'on');
  const over = Date.parse(`${expires}T00:00:00Z`) + 86_400_000 <= nowMs;
  return html`${over ? tag(['Ended', 'clock', 'quiet'], 'ended') : tag(['On', 'check', 'good'], 'on')} <span class="small dim">until ${expires}</span>`;
}
