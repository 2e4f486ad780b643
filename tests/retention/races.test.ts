import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRetention, letGoOnce, noteDays } from '../../engine/runtime/keep-retention.ts';
import { leaveAsIs } from '../../engine/runtime/leave-as-is.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { defaultTenant, mintId, type PersonId, type RunId, type UndoId } from '../../schemas/ids.ts';
import { hostAlert, madePlaybook, tellStep, until, ws0117 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { growOld } from '../support/grow-old.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { letGoAll, placesOf } from './let-go-all.ts';
import { addIncident, addRecord, addStory, old } from './old-rows.ts';

/* Somebody comes at the very moment: first, and it stays; second, and it is gone and they are told so (record 0040). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('late', tellStep));
});
afterAll(() => corridor.close());

const parts = (days: number | null = 31) => ({
  database: corridor.database.app,
  tenant: defaultTenant,
  mint: mintId,
  log: () => undefined,
  days,
  onEntries: () => undefined,
});

/** Lets go, and keeps the transaction open until told. */
async function lettingGo(): Promise<{ commit(): Promise<void> }> {
  const told = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const ended = corridor.database.app.transaction(async (tx) => {
    // Stages follow each other; in one transaction all of them.
    for (let state = 'going'; state === 'going'; ) {
      const { rows } = await tx.query<{ state: string }>(
        `select let_go('default', 31, 100)->>'state' as state`,
      );
      state = rows[0]?.state ?? 'ended';
    }
    done.resolve();
    await told.promise;
  });
  await Promise.race([done.promise, ended]);
  return {
    async commit() {
      told.resolve();
      await ended;
    },
  };
}

const undo = (runId: string) =>
  undoRun(corridor.engine.parts, {
    runId: runId as RunId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });

it('keeps what somebody has locked, whoever that is, and waits for nobody', async () => {
  const { owner, app } = corridor.database;
  const incident_id = await addIncident(owner);
  const { runId, alertId } = await addStory(owner, {}, { incident_id });
  for (const [table, id] of [
    ['runs', runId],
    ['alerts', alertId],
    ['incidents', incident_id],
  ] as const)
    await owner.transaction(async (tx) => {
      await tx.query(`select 1 from ${table} where id = $1 for no key update`, [id]);
      expect((await letGoAll(app)).kept).toEqual({ busy: 1 });
      expect(await placesOf(owner, [runId])).toContain('runs.id');
    });
  expect((await letGoAll(app)).kept).toEqual({});
});

it('answers an undo and an acceptance that come second: there is no such thing any more', async () => {
  const { owner } = corridor.database;
  const { runId } = await addStory(owner);
  const record = await addRecord(owner, runId);
  const retention = await lettingGo();
  const asked = undo(runId);
  const left = leaveAsIs(corridor.engine.parts, {
    recordId: record as UndoId,
    reason: 'It is fine',
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
  });
  await waitingForLock(owner, 2);
  await retention.commit();
  expect(await asked).toMatchObject({ ok: false, code: 'request/not-found' });
  expect(await left).toMatchObject({ ok: false, code: 'request/not-found' });
  expect(await placesOf(owner, [runId])).toEqual([]);
});

it('knows an alert that is delivered again while it goes', async () => {
  const { owner } = corridor.database;
  // Without an incident, whose name would be noticed first.
  const { incident: _, ...body } = hostAlert('late', 'again', ws0117);
  const id = await corridor.sendBody(body);
  await corridor.rest();
  await owner.query(`update incidents set status = 'resolved'`);
  await owner.query(`update undo_records set state = 'irreversible'`);
  await growOld(owner, 40);
  const retention = await lettingGo();
  const again = corridor.sendBody(body);
  await waitingForLock(owner, 1);
  await retention.commit();
  expect(await again).toBe(id);
  await corridor.rest();
  expect(await corridor.runs()).toEqual([]);
});

it('gives an alert that comes to an incident just going that incident, and starts what waits for new alerts', async () => {
  const { owner, app } = corridor.database;
  const incident = await addIncident(owner, { source: 'defender', source_id: 'i9' });
  const retention = await lettingGo();
  const coming = corridor.sendBody({ ...hostAlert('late', 'fresh', ws0117), incident: { id: 'i9' } });
  await waitingForLock(owner, 1);
  await retention.commit();
  const id = await coming;
  await corridor.rest();
  const { rows } = await app.query('select incident_id from alerts where id = $1', [id]);
  expect(rows).toEqual([{ incident_id: incident }]);
  expect((await corridor.runs()).map((run) => run.playbook_id)).toEqual(['late']);
});

it('is done by one process at a time', async () => {
  const { owner } = corridor.database;
  const { runId } = await addStory(owner);
  const retention = await lettingGo();
  expect(await letGoOnce(parts(), 31)).toEqual({ state: 'busy' });
  await retention.commit();
  expect(await placesOf(owner, [runId])).toEqual([]);
});

it('goes on by itself where it stands, says what is set when it changed, and rests while alerts wait', async () => {
  const { owner } = corridor.database;
  await owner.query(`update retention set ended_at = null, stage = 1, after_at = '-infinity'`);
  const { runId, alertId } = await addStory(owner);
  const set = async () => (await corridor.story()).filter(({ type }) => type === 'retention.set');
  await noteDays(parts(null));
  expect(await set()).toEqual([]);
  await owner.query(`update alerts set state = 'accepted' where id = $1`, [alertId]);
  const waiting = createRetention(parts(40));
  waiting.start();
  await until(async () => (await set()).length === 1);
  await waiting.stop();
  expect(await placesOf(owner, [runId])).toContain('runs.id');

  await owner.query(`update alerts set state = 'matched', received_at = $2 where id = $1`, [
    alertId,
    new Date(old.getTime() - 86_400_000 * 5),
  ]);
  await owner.query(`update runs set created_at = created_at - interval '5 days' where id = $1`, [runId]);
  const going = createRetention(parts(33));
  going.start();
  await until(async () => {
    // No sequencer runs here, and entries that wait mean a database that has no time.
    await owner.query('update audit_pack set enqueued_at = clock_timestamp()');
    return (await placesOf(owner, [runId])).length === 0;
  });
  await going.stop();
  const changes = (await set()).map((entry) => ('data' in entry ? entry.data : null));
  expect(changes).toHaveLength(2);
  expect(changes).toContainEqual({ before: null, days: 40 });
  expect(changes).toContainEqual({ before: 40, days: 33 });
});
