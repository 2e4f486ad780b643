import { rm } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import type { AnchorPlace } from '../../engine/runtime/audit/anchor-place.ts';
import { anchorWitness } from '../../engine/runtime/audit/anchor-witness.ts';
import { signerOf } from '../../engine/runtime/audit/signing-key.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { readHealth } from '../../engine/runtime/read/read-health.ts';
import { readLogState } from '../../engine/runtime/read/read-log-state.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { noRight, refused } from '../support/refused.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { fork } from './fork-log.ts';
import { keysOf, numbered, record, sequencerOf, storedRows, testSigner, until } from './open-log.ts';
import { type Orderer, orderer } from './order.ts';

/*
 * A place outside that does not come back. Nothing is sealed, or nothing contained, until two people have given
 * it up; then the log goes on without it, and says so.
 */

const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 };

let database: TestDatabase;
let near: AnchorPlace;
let far: AnchorPlace;
let farRoot: string;
let ada: Orderer;
let bo: Orderer;
beforeEach(async () => {
  database = await useDatabase();
  near = anchorDirectory(await temporaryFolder());
  farRoot = await temporaryFolder();
  far = anchorDirectory(farRoot);
  ada = await orderer(database, 'ada');
  bo = await orderer(database, 'bo');
});

const open = (places: AnchorPlace[]) =>
  sequencerOf(database.sequencer, { keys: keysOf(testSigner), places, limits });

async function lead(places: AnchorPlace[], from = 0): Promise<void> {
  await record(database, numbered(3, from));
  const sequencer = open(places);
  await sequencer.start();
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
}

/** As after each start of the server. */
const restartServer = (word: string) =>
  database.owner.query(
    `create or replace function audit_place() returns text language sql stable as $$ select '${word}' $$`,
  );

async function compared(): Promise<boolean> {
  const { rows } = await database.owner.query<{ yes: boolean }>('select audit_is_compared($1) as yes', [
    tenant,
  ]);
  return rows[0]?.yes === true;
}

async function proposed(place: AnchorPlace): Promise<string> {
  const answer = await ada.propose({ kind: 'place', place: place.name }, 'the array is gone');
  if (!answer.ok) throw new Error(answer.detail);
  return answer.digest;
}

describe('a place that is gone', () => {
  test('from the configuration is missed until two people give it up; the other one still counts', async () => {
    await lead([near, far]);
    await restartServer('started again');
    const sequencer = open([near]);
    await sequencer.start();
    await record(database, numbered(1, 40));
    await until(async () => (await storedRows(database)).length === 5, 'it is led and sealed');
    expect(await compared()).toBe(false);
    expect(await readHealth(database.app)).toMatchObject({ anchorsFailing: 1 });
    const { places } = await readLogState(database.app, tenant);
    expect(places.find(({ place }) => place === far.name)).toMatchObject({
      problem: expect.stringContaining('not configured'),
      givenUpAt: null,
    });

    const digest = await proposed(far);
    expect(await ada.confirm(digest)).toMatchObject({ code: 'approval/separation' });
    expect(await compared()).toBe(false);
    expect(await bo.confirm(digest)).toMatchObject({ ok: true, kind: 'place' });
    await until(compared, 'it is believed without the place');
    await sequencer.stop();
    expect(await readHealth(database.app)).toMatchObject({ anchorsFailing: 0 });
    const entry = (await storedRows(database)).find(({ type }) => type === 'log.place-given-up');
    expect(JSON.parse(Buffer.from(entry?.entry ?? []).toString())).toMatchObject({
      reason: 'the array is gone',
      data: { place: far.name, carried: 4, order: digest, proposed_by: ada.id, confirmed_by: bo.id },
    });
    expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true });

    // What is left is waited for as before.
    await restartServer('and again');
    expect(await compared()).toBe(false);
    await lead([near], 50);
    expect(await compared()).toBe(true);
  });

  test('and was the only one leaves a log that is believed without any', async () => {
    await lead([far]);
    await restartServer('started again');
    const sequencer = open([]);
    await sequencer.start();
    expect(await compared()).toBe(false);
    expect(await bo.confirm(await proposed(far))).toMatchObject({ ok: true });
    await until(compared, 'nothing is waited for');
    await sequencer.stop();
  });

  test('while it is still configured keeps the log from being led, and no longer', async () => {
    await lead([near, far]);
    await rm(farRoot, { recursive: true });
    await restartServer('started again');
    const sequencer = open([near, far]);
    await sequencer.start();
    await record(database, numbered(1, 40));
    await until(() => sequencer.errors.length > 0, 'it cannot ask');
    expect(sequencer.status().state).toBe('standby');
    expect((await storedRows(database)).length).toBe(4);
    expect(await readHealth(database.app)).toMatchObject({ anchorsFailing: 1 });
    const digest = await proposed(far);
    expect(await bo.confirm(digest)).toMatchObject({ ok: true });
    await until(() => sequencer.status().state === 'leading', 'it leads by itself');
    await until(compared, 'it is believed');
    await until(
      async () => (await storedRows(database)).some(({ type }) => type === 'log.place-given-up'),
      'its entry is sealed',
    );
    expect(sequencer.errors.at(-1)?.message).toContain('take it out of the configuration');
    await sequencer.stop();
    // The next start does not ask it either.
    const next = open([near, far]);
    await next.start();
    expect(next.status().state).toBe('leading');
    await next.stop();
  });

  test('and was a witness is waited for in the same way', async () => {
    const http = createHttp({ allowPrivate: true });
    const key = verifierKey('witness.example/w1', signerOf(new Uint8Array(32).fill(7)).publicKey);
    const witness = anchorWitness(http, key, 'http://127.0.0.1:1');
    await lead([near]);
    // It took something once.
    await database.owner.query(
      "insert into audit_anchor (tenant_id, log_id, place, size, carried_at) values ($1, '1', $2, 4, now())",
      [tenant, witness.name],
    );
    await restartServer('started again');
    const sequencer = open([near, witness]);
    await sequencer.start();
    expect(sequencer.status().state).toBe('leading');
    expect(await compared()).toBe(false);
    expect(await bo.confirm(await proposed(witness))).toMatchObject({ ok: true });
    await until(compared, 'it is believed without the witness');
    await sequencer.stop();
    await http.close();
  });
});

describe('nothing is given up', () => {
  test('twice, that was never brought anything, or while the log is held', async () => {
    await lead([near, far]);
    const wish = (place: string) => ({ kind: 'place', place }) as const;
    expect(await ada.propose(wish('file:///nowhere'), 'x')).toMatchObject({
      code: 'request/conflict',
      detail: expect.stringContaining('nothing was ever brought'),
    });
    expect(await bo.confirm(await proposed(far))).toMatchObject({ ok: true });
    const sequencer = open([near]);
    await sequencer.start();
    await until(
      async () => (await database.owner.query('select 1 from audit_given_up')).rowCount === 1,
      'it is given up',
    );
    await sequencer.stop();
    expect(await ada.propose(wish(far.name), 'x')).toMatchObject({
      detail: expect.stringContaining('given up already'),
    });

    const held = await useDatabase();
    const root = await temporaryFolder();
    await fork(held, root);
    const halted = sequencerOf(held.sequencer, {
      keys: keysOf(testSigner),
      places: [anchorDirectory(root)],
      limits,
    });
    await halted.start();
    const cy = await orderer(held, 'cy');
    expect(await cy.propose(wish(`file://${root}`), 'it only gets in the way')).toMatchObject({
      code: 'request/conflict',
      detail: expect.stringContaining('held'),
    });
    await halted.stop();
  });

  test('by the application, by the sequencer alone, or by somebody who has left meanwhile', async () => {
    await lead([near, far]);
    const insert = "insert into audit_given_up (tenant_id, place, order_number) values ('default', 'x', 1)";
    const call = "select give_place_up('default', 1, 'e', 'x', sha256('x'))";
    for (const role of [database.app, database.sequencer])
      expect(await refused(role.query(insert))).toBe(noRight);
    expect(await refused(database.app.query(call))).toBe(noRight);
    const digest = await proposed(far);
    // Proposed only: nothing happens, whoever asks.
    await database.sequencer.query(call);
    expect((await database.owner.query('select 1 from audit_given_up')).rowCount).toBe(0);
    expect(await bo.confirm(digest)).toMatchObject({ ok: true });
    await database.owner.query('update people set active = false where id = $1', [bo.id]);
    expect(await refused(database.sequencer.query(call))).toBe(noRight);
    const sequencer = open([near]);
    await sequencer.start();
    await until(async () => {
      const { rows } = await database.owner.query<{ state: string }>('select state from audit_orders');
      return rows[0]?.state === 'refused';
    }, 'it is refused');
    await sequencer.stop();
    expect((await database.owner.query('select 1 from audit_given_up')).rowCount).toBe(0);
  });
});
