import { beforeEach, expect, test } from 'vitest';
import { readLogState } from '../../engine/runtime/read/read-log-state.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';
import { type Orderer, orderer } from './order.ts';

/* The first person's word about the log is one about the log of then: a day later the second one is alone with it. */

let database: TestDatabase;
let ada: Orderer;
let bo: Orderer;
beforeEach(async () => {
  database = await useDatabase();
  ada = await orderer(database, 'ada');
  bo = await orderer(database, 'bo');
  await record(database, numbered(3));
  const sequencer = sequencerOf(database.sequencer);
  await sequencer.start();
  await sequencer.stop();
});

/** As if it had been proposed so much earlier; nobody else can say that. */
async function proposedBefore(time: string): Promise<void> {
  await database.owner.query('alter table audit_orders disable trigger keep_audit_order');
  await database.owner.query('update audit_orders set proposed_at = proposed_at - $1::interval', [time]);
  await database.owner.query('alter table audit_orders enable trigger keep_audit_order');
}

async function proposed(): Promise<string> {
  const answer = await ada.propose({ kind: 'key' }, 'it is a year old');
  if (!answer.ok) throw new Error(answer.detail);
  return answer.digest;
}

const orders = async () => (await readLogState(database.app, tenant)).orders;

test('a proposal of more than a day ago is confirmed by nobody, and the try is in the log', async () => {
  const digest = await proposed();
  await proposedBefore('24 hours');
  expect(await bo.confirm(digest)).toMatchObject({
    ok: false,
    code: 'request/conflict',
    detail: expect.stringContaining('propose it again'),
  });
  const [order] = await orders();
  expect(order).toMatchObject({ state: 'proposed', digest });
  expect(Date.parse(order?.lapsesAt ?? '')).toBeLessThanOrEqual(Date.now());
  const { rows } = await database.owner.query(
    `select 1 from (select convert_from(entry, 'UTF8')::jsonb as entry from audit_pending) p
     where entry->>'type' = 'log.order-refused' and entry->>'code' = 'request/conflict'`,
  );
  expect(rows).toHaveLength(1);
});

test('within the day it is confirmed, and what two people said does not lapse', async () => {
  const digest = await proposed();
  await proposedBefore('23 hours');
  expect(await bo.confirm(digest)).toMatchObject({ ok: true });
  expect(await orders()).toMatchObject([{ state: 'confirmed', lapsesAt: null }]);
});

test('whoever still wants it proposes it again, in its place', async () => {
  const old = await proposed();
  await proposedBefore('3 days');
  const digest = await proposed();
  expect(await bo.confirm(old)).toMatchObject({ code: 'approval/digest-mismatch' });
  expect(await bo.confirm(digest)).toMatchObject({ ok: true });
});
