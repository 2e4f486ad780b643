import { afterAll, beforeAll, expect, it } from 'vitest';
import { streamEvent } from '../../engine/core/outward/stream-event.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { renewLease } from '../../engine/runtime/renew-lease.ts';
import { undoRecord } from '../../engine/runtime/undo-record.ts';
import { defaultTenant, type PersonId, type UndoId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* People hear of a lease before it ends: once, once more when it was renewed, and never of what was given back. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('held', `${isolateStep}    lease: { for: 72h, warn: 4h }\n`));
});
afterAll(() => corridor.close());

const read = () => openRead(corridor.database.app);
const by = () => ({ actor: { kind: 'person' as const, id: bo, channel: 'api' as const }, requestId: 'test' });

async function contain(sourceId: string, host: string): Promise<UndoId> {
  await corridor.sendBody(hostAlert('held', sourceId, host));
  await corridor.rest();
  const [held] = (await read().listContained(defaultTenant, {}, { limit: 1 })).items;
  if (held === undefined) throw new Error('nothing is contained');
  return held.id as UndoId;
}

/** As if so many hours had gone by. */
const pass = (id: UndoId, hours: number) =>
  corridor.database.owner.query(
    `update undo_records set leased_at = leased_at - $2 * interval '1 hour', lease_until = lease_until - $2 * interval '1 hour',
       lease_warn_at = lease_warn_at - $2 * interval '1 hour' where id = $1`,
    [id, hours],
  );

const warnings = async (id: UndoId) =>
  (await corridor.story()).filter(
    (entry) => entry.type === 'lease.expiring' && JSON.stringify(entry).includes(id),
  );

/** A whole round of the timekeeper: whatever is due before it was warned of when another one is. */
async function round(sourceId: string, host: string): Promise<void> {
  const other = await contain(sourceId, host);
  await pass(other, 70);
  await until(async () => (await warnings(other)).length === 1);
}

it('the warning says what ends when, who can renew it and where, also to those outside', async () => {
  const id = await contain('first-1', ws0117);
  expect(await read().countExpiring(defaultTenant)).toBeNull();
  await pass(id, 70);
  await until(async () => (await warnings(id)).length === 1);
  const [entry] = await warnings(id);
  const details = {
    record: id,
    at_end: 'ask',
    effect: 'network-isolated',
    renewed_by: ['approver', 'operator', 'admin'],
    owner: 'group:soc',
    page: `http://riposte.example/undo/${id}`,
  };
  expect(entry).toMatchObject({ targets: [{ kind: 'host', id: ws0117 }], data: details });
  const sealed = {
    index: 1,
    log: 'log',
    id: 'ent_1',
    type: 'lease.expiring',
    at: '2026-01-01T00:00:00.000Z',
  };
  expect(streamEvent({ ...sealed, text: JSON.stringify(entry) }, null)).toMatchObject({ data: { details } });
  const [held] = (await read().listContained(defaultTenant, { lease: ['expiring'] }, { limit: 5 })).items;
  expect(held).toMatchObject({ id, lease: { warned: true } });
  expect(await read().countExpiring(defaultTenant)).toMatchObject({ count: 1 });
});

it('it is said once, also when the engine starts anew; renewed it is said once more', async () => {
  const [held] = (await read().listContained(defaultTenant, { lease: ['expiring'] }, { limit: 5 })).items;
  const id = held?.id as UndoId;
  await corridor.restart(async () => undefined);
  await round('round-1', ws0244);
  expect(await warnings(id)).toHaveLength(1);
  const renew = { recordId: id, until: { forMs: 72 * 3_600_000 }, reason: 'not done', ...by() };
  expect(await renewLease(corridor.engine.parts, renew)).toMatchObject({ ok: true });
  expect(
    (await read().listContained(defaultTenant, { lease: ['expiring'] }, { limit: 5 })).items.map(
      (each) => each.id,
    ),
  ).not.toContain(id);
  await pass(id, 70);
  await until(async () => (await warnings(id)).length === 2);
  await round('round-2', ws0244);
  expect(await warnings(id)).toHaveLength(2);
});

it('what was given back is warned of never, and renewing it is refused with an entry', async () => {
  const id = await contain('given-back-1', ws0117);
  const back = { recordId: id, overwrite: null, reason: 'needed', personId: bo, ...by() };
  expect(await undoRecord(corridor.engine.parts, back)).toMatchObject({ ok: true });
  await corridor.rest();
  await pass(id, 70);
  await round('round-3', ws0244);
  expect(await warnings(id)).toEqual([]);
  const renew = { recordId: id, until: { forMs: 3_600_000 }, reason: 'too late', ...by() };
  expect(await renewLease(corridor.engine.parts, renew)).toMatchObject({
    ok: false,
    code: 'request/conflict',
  });
  const refused = (await corridor.story()).filter(
    (entry) => entry.type === 'lease.renewed' && entry.code !== undefined,
  );
  expect(refused).toMatchObject([{ outcome: 'denied', code: 'request/conflict', reason: 'too late' }]);
});

it('a lease that a no prolongs is warned of before its new end, also when it is shorter than the warning', async () => {
  const id = await contain('shorter-1', db1);
  const renew = { recordId: id, until: { forMs: 2 * 3_600_000 }, reason: 'soon done', ...by() };
  expect(await renewLease(corridor.engine.parts, renew)).toMatchObject({ ok: true });
  await pass(id, 3);
  await until(async () => (await questions(corridor, 'pending')).length > 0);
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await until(async () => JSON.stringify(await corridor.story()).includes('lease.kept'));
  await round('round-4', ws0244);
  expect(await warnings(id)).toEqual([]);
  await pass(id, 1.9);
  await until(async () => (await warnings(id)).length === 1);
});
