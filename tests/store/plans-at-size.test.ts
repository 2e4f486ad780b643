import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import type { PageRequest } from '../../engine/runtime/read/read-page.ts';
import { renewLease } from '../../engine/runtime/renew-lease.ts';
import { readLiveEntries, readLiveHead } from '../../engine/runtime/store/queries/live-entries.ts';
import { lockEvents } from '../../engine/runtime/store/queries/lock-events.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { defaultTenant, type PersonId, type RunId, type UndoId } from '../../schemas/ids.ts';
import { sequencerOf } from '../audit/open-log.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { explainAll, type WholeRead } from './explain-all.ts';
import { multiplyStory } from './multiply-story.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/*
 * In an installation that has lived: thousands of runs that wait for people and for signals, holds, leases
 * and a long log. Everything the engine asks while it works, and what people look at, must find its rows by
 * an index; a statement that reads a whole table is named here before it is slow anywhere.
 */

/** Copies of each story. */
const times = 1_000;

const statements: Statements = new Map();
let corridor: Corridor;
let bo: PersonId;

const waitStep = `  - id: settled
    wait:
      for: incident.updated
      match: signal.incident.id == "inc_waited" && signal.incident.status == "resolved"
      timeout: 7d
      on_timeout: continue
`;

const hears = (match: string, of = 'for: alert.created') => `  - id: heard
    wait: { ${of}, match: '${match}', timeout: 7d, on_timeout: continue }
`;
/** By everything an earlier alert is looked up by. */
const listeners = {
  'hears-incident': hears('signal.alert.incident.id == "never"'),
  'hears-host': hears('signal.alert.targets.hosts.exists(h, h.id == "never")'),
  'hears-verdict': hears('signal.incident.id == "never"', 'for: incident.updated, since: run'),
  'hears-any': hears('signal.alert.title.startsWith("never")'),
};

beforeAll(async () => {
  corridor = await openCorridor({
    playbooks: [],
    watch: (database) => watchStatements(database, statements),
  });
  const { database } = corridor;
  bo = await corridor.person('Bo', ['soc']);
  const contain = `${isolateStep}    lease: 72h\n`;
  await corridor.publish(madePlaybook('asks', contain, '', 'ask'));
  await corridor.publish(madePlaybook('contains', contain));
  await corridor.publish(madePlaybook('waits', waitStep));
  for (const [id, step] of Object.entries(listeners)) await corridor.publish(madePlaybook(id, step));
  for (const id of ['asks', 'contains', 'waits']) await corridor.sendBody(hostAlert(id, `${id}-0`, ws0117));
  await corridor.rest();
  const sequencer = sequencerOf(database.sequencer);
  await sequencer.flush();
  await sequencer.stop();
  await corridor.restart(async () => {
    await multiplyStory(database.owner, times);
    await database.owner.query('analyze');
  });
  statements.clear();
}, 180_000);
afterAll(() => corridor.close());

async function storyOf(runId: string) {
  const found = (await corridor.runs()).find((each) => each.id === runId);
  if (found === undefined) throw new Error(`no run ${runId}`);
  return found;
}

const person = () => ({ actor: { kind: 'person', id: bo, channel: 'api' } as const, requestId: 'test' });

async function takeBack(runId: RunId): Promise<void> {
  const { parts } = corridor.engine;
  const { rows } = await corridor.database.owner.query<{ id: UndoId }>(
    'select id from undo_records where run_id = $1',
    [runId],
  );
  const recordId = rows[0]?.id ?? ('' as UndoId);
  const renewed = await renewLease(parts, {
    recordId,
    until: { forMs: 3_600_000 },
    reason: 'Still looking at it',
    ...person(),
  });
  expect(renewed).toMatchObject({ ok: true });
  const undone = await undoRun(parts, {
    runId,
    steps: null,
    reason: 'It was nothing',
    personId: bo,
    ...person(),
  });
  expect(undone).toMatchObject({ ok: true });
}

/** What stands on the pages that people have open all day, first page and the next. */
async function readLists(runId: string): Promise<void> {
  const sql = watchStatements(corridor.database.app, statements);
  const read = openRead(sql);
  const t = defaultTenant;
  const { rows } = await corridor.database.owner.query<{ alert: string; incident: string }>(
    'select alert_id as alert, incident_id as incident from runs where id = $1',
    [runId],
  );
  const { alert = '', incident = '' } = rows[0] ?? {};
  const target = { kind: 'host', id: ws0244 };
  const pages = async (list: (page: PageRequest) => Promise<{ next: string | null }>) => {
    const { next } = await list({ limit: 50 });
    if (next !== null) await list({ limit: 50, cursor: next });
  };
  await pages((page) => read.listAlerts(t, {}, page));
  await pages((page) => read.listAlerts(t, { incident }, page));
  await pages((page) => read.listAlerts(t, { target }, page));
  await pages((page) => read.listIncidents(t, {}, page));
  await pages((page) => read.listRuns(t, {}, page));
  await pages((page) => read.listRuns(t, { status: ['waiting'] }, page));
  await pages((page) => read.listRuns(t, { alert }, page));
  await pages((page) => read.listRuns(t, { incident }, page));
  await pages((page) => read.listApprovals(t, { status: ['pending'] }, page));
  await pages((page) => read.listApprovals(t, { status: ['pending'], sort: 'expiresAt' }, page));
  await pages((page) => read.listActions(t, {}, page));
  await pages((page) => read.listActions(t, { run: runId }, page));
  await pages((page) => read.listEntries(t, {}, page));
  await pages((page) => read.listSteps(t, { run: runId }, page));
  await pages((page) => read.listScopes(t, { run: runId }, page));
  await read.readRun(t, runId);
  await read.readAlert(t, alert);
  await pages((page) => read.listTrace(t, alert, page));
  await pages((page) => read.listHeld(t, page));
  await read.readIncident(t, incident);
  await pages((page) => read.listIncidents(t, { target }, page));
  await pages((page) => read.listStory(t, incident, {}, page));
  await pages((page) => read.listStory(t, incident, { target }, page));
  await pages((page) => read.listStory(t, incident, { type: ['alert.accepted'], sort: '-at' }, page));
  await pages((page) => read.listImpacted(t, incident, page));
  await read.findTargets(t, ws0244);
  await read.readResponse(t);
  await pages((page) => read.listContained(t, { incident }, page));
  await pages((page) => read.listActions(t, { incident }, page));
  await pages((page) => read.listApprovals(t, { incident, status: ['pending'] }, page));
  await pages((page) => read.listTasks(t, { incident, state: ['open'] }, page));
  await read.listLeases(t, { run: runId }, { limit: 50 });
  await pages((page) => read.listLeases(t, {}, page));
  await pages((page) => read.listBreakGlass(t, {}, page));
  await pages((page) => read.listStreams(t, {}, page));
  await read.listUndoable(t, runId, null);
  await read.previewIncidentUndo(t, incident);
  await pages((page) => read.listStops(t, {}, page));
  await pages((page) => read.listStops(t, { active: true }, page));
  await read.readHealth();
  const { log, next } = await readLiveHead(sql, t);
  expect(next).toBeGreaterThan(0);
  // Where somebody who looks on usually is.
  await readLiveEntries(sql, t, log, {
    ...{ from: next - 20, to: next },
    runs: [runId],
    lists: ['incidents', 'runs', 'stops'],
  });
  await read.runsThere(t, [runId]);
}

describe(`${times} stories on`, () => {
  it('an engine at work reads no table from end to end', async () => {
    for (const id of ['asks', 'contains', 'waits', ...Object.keys(listeners)])
      await corridor.sendBody(hostAlert(id, `${id}-new`, ws0244));
    await corridor.rest();
    const asked = (await questions(corridor, 'pending')).findLast(
      (each) => each.card.targets[0]?.id === ws0244,
    );
    if (asked === undefined) throw new Error('nothing was asked');
    expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true });
    await corridor.rest();
    expect((await storyOf(asked.run_id)).state).toBe('succeeded');
    await takeBack(asked.run_id as RunId);
    await corridor.rest();
    expect((await storyOf(asked.run_id)).state).toBe('undone');

    const sequencer = sequencerOf(watchStatements(corridor.database.sequencer, statements));
    await sequencer.flush();
    await sequencer.stop();
    expect(sequencer.errors).toEqual([]);
    expect(statements.size).toBeGreaterThan(80);
    expect(await explainAll(corridor.database, statements)).toEqual([] satisfies WholeRead[]);
  }, 180_000);

  it('no list that people look at reads a table from end to end', async () => {
    statements.clear();
    const [run] = await corridor.runs();
    await readLists(run?.id ?? '');
    expect(await explainAll(corridor.database, statements)).toEqual([] satisfies WholeRead[]);
  }, 60_000);

  it('in a storm the next alerts are taken without a look at all that wait', async () => {
    statements.clear();
    const { database } = corridor;
    await database.owner.query(`update alerts set state = 'accepted'`);
    await database.owner.query('analyze alerts');
    await watchStatements(database.app, statements).transaction(async (tx) => {
      expect(await lockEvents(tx, defaultTenant, 10)).toHaveLength(10);
    });
    expect(await explainAll(database, statements)).toEqual([] satisfies WholeRead[]);
  });
});
