import { openRead } from '../../engine/runtime/read/open-read.ts';
import type { PageRequest } from '../../engine/runtime/read/read-page.ts';
import { findAlarms, findDue, nextDueMs } from '../../engine/runtime/store/queries/find-due.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { median } from './percentiles.ts';

/** Milliseconds, medians of twenty, by the name of what is read. */
export type ListMs = { [name: string]: number };

/** What people and timers read all day. `run` and `incident`: those that one of the runs has. */
export async function readLists(sql: Sql): Promise<ListMs> {
  const read = openRead(sql);
  const { rows } = await sql.query<{ run: string; incident: string | null }>(
    `select id as run, incident_id as incident from runs where state = 'waiting' limit 1`,
  );
  const { run = '', incident = null } = rows[0] ?? {};
  const lists: { [name: string]: (page: PageRequest) => Promise<{ next: string | null }> } = {
    alerts: (page) => read.listAlerts(t, {}, page),
    runs: (page) => read.listRuns(t, {}, page),
    'runs that wait': (page) => read.listRuns(t, { status: ['waiting'] }, page),
    'approvals, pending': (page) => read.listApprovals(t, { status: ['pending'] }, page),
    'approvals, soonest end': (page) =>
      read.listApprovals(t, { status: ['pending'], sort: 'expiresAt' }, page),
    actions: (page) => read.listActions(t, {}, page),
    'tasks, open': (page) => read.listTasks(t, { state: ['open'] }, page),
    contained: (page) => read.listContained(t, {}, page),
    'undo records': (page) => read.listUndoRecords(t, {}, page),
    incidents: (page) => read.listIncidents(t, {}, page),
    'steps of a run': (page) => read.listSteps(t, { run }, page),
    entries: (page) => read.listEntries(t, {}, page),
    'entries of a run': (page) => read.listEntries(t, { run }, page),
    'entries by type': (page) => read.listEntries(t, { type: ['approval.requested'] }, page),
    ...(incident !== null && {
      'entries of an incident': (page: PageRequest) => read.listEntries(t, { incident }, page),
    }),
  };
  const ms: ListMs = {};
  for (const [name, list] of Object.entries(lists)) {
    const first = await list({ limit: 50 });
    ms[name] = await timed(() => list({ limit: 50 }));
    if (first.next !== null)
      ms[`${name}, next page`] = await timed(() => list({ limit: 50, cursor: first.next ?? undefined }));
  }
  ms['one run'] = await timed(() => read.readRun(t, run));
  ms['targets whose lease ends'] = await timed(() => read.countExpiring(t));
  ms['state of the log'] = await timed(() => read.readLogState(t));
  ms.health = await timed(() => read.readHealth());
  ms['timers: findDue'] = await timed(() => findDue(sql, t, 200));
  ms['timers: findAlarms'] = await timed(() => findAlarms(sql, t, 200));
  ms['timers: nextDue'] = await timed(() => nextDueMs(sql, t, 1_000));
  return ms;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let turn = 0; turn < 20; turn++) {
    const beganAt = performance.now();
    await work();
    all.push(performance.now() - beganAt);
  }
  return median(all);
}
