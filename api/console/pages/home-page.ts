import { isUnhealthy } from '../../../engine/core/connection/judge-health.ts';
import { askedAs } from '../../../engine/core/identity/may-decide.ts';
import type { ConnectionItem } from '../../../engine/runtime/read/list-connections.ts';
import type { RunItem } from '../../../engine/runtime/read/list-runs.ts';
import type { StreamItem } from '../../../engine/runtime/read/list-streams.ts';
import type { TaskItem } from '../../../engine/runtime/read/list-tasks.ts';

import { data } from '../data.ts';
import { heldList } from '../held-list.ts';
import { type Html, html } from '../html.ts';
import { inGoodTime } from '../in-good-time.ts';
import { responseTable } from '../response-table.ts';
import { runList } from '../run-list.ts';
import { connectionHealth, streamState } from '../states.ts';
import { empty } from '../table.ts';
import { taskList } from '../task-card.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';
import { waitingList } from '../waiting-list.ts';
import { connectionLink } from './connections-page.ts';

const underWay = ['queued', 'running', 'waiting', 'undoing'];
const ended = ['succeeded', 'failed', 'denied', 'cancelled', 'timed-out', 'undone', 'undo-incomplete'];

/** Whether there is one at all is what matters; a count of thousands would be read for nothing. */
const actingMost = 100;

/** All that an installation has, and those that are listed here. */
const connectionsMost = 200;
const unhealthyMost = 5;

/** What waits for me, what is going on, what was done. */
export async function homePage(view: View): Promise<PageReply> {
  const { deps, to } = view;
  const { read, tenant } = deps;
  const [waiting, tasks, denied, streams, connections, active, done, acting, held, response] =
    await Promise.all([
      read.listApprovals(
        tenant,
        { mine: askedAs(view.caller), held: 'none', sort: 'expiresAt' },
        { limit: 5 },
      ),
      read.listTasks(tenant, { state: ['open'], sort: 'answerBefore' }, { limit: 5 }),
      read.listTasks(tenant, { contradicted: true, since: lastWeek(view) }, { limit: 5 }),
      may(view, 'streams.manage') ? read.listStreams(tenant, { failing: true }, { limit: 5 }) : { items: [] },
      read.listConnections(tenant, {}, { limit: connectionsMost }),
      read.listRuns(tenant, { status: underWay }, { limit: 8 }),
      read.listRuns(tenant, { status: ended }, { limit: 8 }),
      read.countActing(tenant, actingMost + 1),
      read.listHeld(tenant, { limit: 10 }),
      // Whoever looks next has them.
      inGoodTime(read.readResponse(tenant), (error) =>
        deps.log.error({ err: error }, 'the times to respond were not read'),
      ),
    ]);
  return {
    title: 'Home',
    section: 'home',
    live: ['approvals', 'runs'],
    content: html`<h1>Home</h1>
${held.items.length > 0 && html`<section><h2>Decided together</h2>${heldList(view, held)}</section>`}
<section><h2>Waiting for me</h2>${
      waiting.items.length > 0
        ? html`${waitingList(view, waiting.items)}${waiting.next !== null && html`<p><a href="${to('/actions?mine=1')}">All that wait for me</a></p>`}`
        : empty('Nothing waits for you.', [
            `Playbooks that could ask: ${acting > actingMost ? `more than ${actingMost}` : acting}. `,
            html`<a href="${to('/actions')}">What waits for others</a>`,
          ])
    }</section>
${trouble(
  view,
  [...tasks.items, ...denied.items],
  streams.items,
  connections.items.filter(({ health }) => isUnhealthy(health)),
)}
<section><h2>In progress</h2>${runs(view, active.items, 'No run is under way.', 'An alert that matches a playbook starts one.')}</section>
<section><h2>Recently done</h2>${runs(view, done.items, 'No run has ended yet.', 'Send an alert to POST /v1/alerts, or with riposte alerts send.')}
${done.next !== null && html`<p><a href="${to('/runs')}">All runs</a></p>`}</section>
${responseTable(response)}`,
  };
}

/** Old ones stand in the list; here they would only hide what is new. */
function lastWeek({ nowMs }: View): string {
  return new Date(nowMs - 7 * 86_400_000).toISOString();
}

/** Only when there is some: what nobody knows or a target said otherwise about, and receivers that take nothing. */
function trouble(
  view: View,
  tasks: readonly TaskItem[],
  failing: readonly StreamItem[],
  unhealthy: readonly ConnectionItem[],
): Html | null {
  if (tasks.length + failing.length + unhealthy.length === 0) return null;
  return html`<section><h2>Needs a look</h2>${
    tasks.length > 0 &&
    html`${taskList(view, tasks)}
<p><a href="${view.to('/actions?tab=unknown')}">All that is unknown</a></p>`
  }${
    unhealthy.length > 0 &&
    html`<p><a href="${view.to('/settings/connections')}">${unhealthy.length === 1 ? 'One connection does' : `${unhealthy.length} connections do`} not work</a>: what goes over ${unhealthy.length === 1 ? 'it' : 'them'} fails.</p>
<ul class="plain">${unhealthy.slice(0, unhealthyMost).map(({ id, health }) => html`<li>${connectionHealth(health)} ${connectionLink(view, id)}</li>`)}</ul>`
  }${
    failing.length > 0 &&
    html`<ul class="plain">${failing.map(
      (stream) =>
        html`<li>${streamState(stream.state)} <a href="${view.to('/settings/streams')}">stream ${data(stream.id)}</a>, ${stream.lag} entries behind${stream.failingSince !== null && html`, since ${moment(stream.failingSince, view.nowMs)}`}: ${data(stream.lastError ?? '')}</li>`,
    )}</ul>`
  }</section>`;
}

function runs(view: View, items: readonly RunItem[], none: string, then: string) {
  return items.length > 0 ? runList(view, items) : empty(none, then);
}
