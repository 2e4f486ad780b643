import { beforeEach, describe, expect, test } from 'vitest';
import { isOrderEvidence, keyOf, whyNotSignedAs } from '../../engine/core/audit/signed-order.ts';
import { readLogState } from '../../engine/runtime/read/read-log-state.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { checkViolation, refused, uniqueViolation } from '../support/refused.ts';
import { tenant } from './draft-entry.ts';
import { keysOf, numbered, record, sequencerOf, testSigner, until } from './open-log.ts';
import { orderer } from './order.ts';
import { type SigningOrderer, signingOrderer } from './signing-orderer.ts';

/* Whoever orders something about the log signs it with their passkey, and the log alone says so. */

const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 };

let database: TestDatabase;
let ada: SigningOrderer;
let bo: SigningOrderer;
beforeEach(async () => {
  database = await useDatabase();
  ada = await signingOrderer(database, 'ada');
  bo = await signingOrderer(database, 'bo');
  await record(database, numbered(3));
  await open().flush();
});

const open = (given: Parameters<typeof sequencerOf>[1] = {}) =>
  sequencerOf(database.sequencer, { keys: keysOf(testSigner), limits, ...given });

async function entriesOf(type: string): Promise<JsonObject[]> {
  const { rows } = await database.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_log where type = $1 order by idx`,
    [type],
  );
  return rows.map(({ entry }) => JSON.parse(entry) as JsonObject);
}

/** Until the order is done or refused. */
async function carriedOut(given: Parameters<typeof sequencerOf>[1] = {}): Promise<string> {
  const sequencer = open(given);
  await sequencer.start();
  await until(
    async () =>
      (await database.owner.query("select 1 from audit_orders where state in ('done', 'refused')"))
        .rowCount === 1,
    'it is done or refused',
  );
  await sequencer.flush();
  await sequencer.stop();
  const { rows } = await database.owner.query<{ state: string }>(
    "select state from audit_orders where state in ('done', 'refused')",
  );
  return rows[0]?.state ?? '';
}

const signers = () => [ada.signer, bo.signer];

test('both sign, the sequencer that demands it does it, and its entry has all that a stranger checks', async () => {
  const proposed = await ada.propose({ kind: 'key' }, 'it is a year old');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(proposed.toSign).toBe(true);
  const { digest } = proposed;
  expect(await bo.confirm(digest)).toMatchObject({
    ok: false,
    code: 'audit/order-unsigned',
    detail: expect.stringContaining('whoever proposed it has yet to sign it'),
  });
  expect(await bo.sign(digest, await bo.prove(digest, 'proposer'))).toMatchObject({
    ok: false,
    code: 'request/conflict',
  });
  expect(await ada.sign(digest)).toMatchObject({ ok: true, toSign: false });
  // Pressed twice: it stands, and is said once.
  expect(await ada.sign(digest)).toMatchObject({ ok: true, toSign: false });
  expect(await bo.confirm(digest, null)).toMatchObject({ ok: false, code: 'audit/order-unsigned' });
  expect(await bo.confirm(digest)).toMatchObject({ ok: true, state: 'confirmed' });
  expect(await carriedOut({ signers: signers() })).toBe('done');

  const [change] = await entriesOf('log.key-changed');
  const data = change?.data as JsonObject;
  const terms = JSON.parse(String(data.terms)) as JsonObject;
  expect(terms).toMatchObject({ kind: 'key', proposedBy: ada.id, key: data.from });
  const given = data.signatures as JsonObject;
  expect(given.demanded).toBe(true);
  for (const [role, person] of [['proposer', ada] as const, ['confirmer', bo] as const]) {
    const evidence = given[role];
    if (!isOrderEvidence(evidence)) throw new Error('no evidence');
    expect(whyNotSignedAs(evidence, { order: digest, role })).toBeNull();
    expect(keyOf(evidence)).toBe(person.signer.publicKey);
  }
  const [signed, ...more] = await entriesOf('log.order-signed');
  expect(more).toEqual([]);
  expect(signed?.data).toMatchObject({
    digest,
    signed: true,
    passkeyId: ada.passkeyId,
    publicKey: ada.signer.publicKey,
    evidence: given.proposer,
  });
  const [confirmed] = await entriesOf('log.order-confirmed');
  expect(confirmed?.data).toMatchObject({ signed: true, publicKey: bo.signer.publicKey });
});

describe('the same signature counts once, for one order and as one of the two:', () => {
  test('neither as the other one of the two', async () => {
    const digest = await ada.order({ kind: 'key' });
    const proof = await bo.prove(digest, 'proposer');
    expect(await bo.confirm(digest, proof)).toMatchObject({
      ok: false,
      code: 'audit/order-unsigned',
      detail: expect.stringContaining('another order, or as the other'),
    });
    // With the word exchanged it is no signature.
    const evidence = { ...proof.evidence, role: 'confirmer' as const };
    expect(whyNotSignedAs(evidence, { order: digest, role: 'confirmer' })).toBe(
      'another challenge was signed',
    );
  });

  test('nor below another order, nor by somebody else', async () => {
    const first = await ada.order({ kind: 'key' }, 'the first');
    const old = await bo.prove(first, 'confirmer');
    const second = await ada.order({ kind: 'key' }, 'the second');
    expect(await bo.confirm(second, old)).toMatchObject({ ok: false, code: 'audit/order-unsigned' });
    const evidence = { ...old.evidence, order: second };
    expect(whyNotSignedAs(evidence, { order: second, role: 'confirmer' })).not.toBeNull();
    const cy = await signingOrderer(database, 'cy');
    expect(await cy.confirm(second, await bo.prove(second, 'confirmer'))).toMatchObject({
      ok: false,
      code: 'audit/order-unsigned',
    });
  });
});

test('whoever removed their key between proposal and confirmation has not signed', async () => {
  const digest = await ada.order({ kind: 'key' });
  await ada.removeKey();
  expect(await bo.confirm(digest)).toMatchObject({
    ok: false,
    code: 'audit/order-unsigned',
    detail: expect.stringContaining('was removed; propose it again'),
  });
});

test('a key that is removed before the sequencer has done it keeps it from being done', async () => {
  const digest = await ada.order({ kind: 'key' });
  expect(await bo.confirm(digest)).toMatchObject({ ok: true });
  await bo.removeKey();
  expect(await carriedOut()).toBe('refused');
  expect((await readNewestLog(database.app, tenant))?.vkey).toContain('soar.example/audit/1');
  expect(await entriesOf('log.key-changed')).toEqual([]);
});

test('of two who confirm at once one signature stands', async () => {
  const cy = await signingOrderer(database, 'cy');
  const digest = await ada.order({ kind: 'key' });
  const proofs = await Promise.all([bo.prove(digest, 'confirmer'), cy.prove(digest, 'confirmer')]);
  const said = await Promise.all([bo.confirm(digest, proofs[0]), cy.confirm(digest, proofs[1])]);
  expect(said.map(({ ok }) => ok).sort()).toEqual([false, true]);
  expect(said.find(({ ok }) => !ok)).toMatchObject({ code: 'request/conflict' });
  await open().flush();
  const confirmed = await entriesOf('log.order-confirmed');
  expect(confirmed).toHaveLength(1);
  const winner = said[0]?.ok === true ? bo : cy;
  expect(confirmed[0]?.data).toMatchObject({ publicKey: winner.signer.publicKey });
});

test('no key signs after its end, by the order of the log, also when both come at once', async () => {
  const digest = await ada.order({ kind: 'key' });
  const proof = await bo.prove(digest, 'confirmer');
  const [said] = await Promise.all([bo.confirm(digest, proof), bo.removeKey()]);
  await open().flush();
  const { rows } = await database.owner.query<{ type: string }>(
    "select type from audit_log where type in ('log.order-confirmed', 'passkey.removed') order by idx",
  );
  expect(rows.map(({ type }) => type)).toEqual(
    said.ok ? ['log.order-confirmed', 'passkey.removed'] : ['passkey.removed'],
  );
});

test('where nobody who may order has a passkey, nobody has to sign, and the log says that nobody did', async () => {
  await ada.removeKey();
  await bo.removeKey();
  const [cy, dee] = [await orderer(database, 'cy'), await orderer(database, 'dee')];
  const proposed = await cy.propose({ kind: 'key' }, 'it is a year old');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(proposed.toSign).toBe(false);
  expect((await readLogState(database.app, tenant)).orders).toMatchObject([
    { signed: { proposer: false, confirmer: false } },
  ]);
  expect(await dee.confirm(proposed.digest)).toMatchObject({ ok: true });
  expect(await carriedOut()).toBe('done');
  const [confirmed] = await entriesOf('log.order-confirmed');
  expect(confirmed?.data).toMatchObject({ signed: false });
  const [change] = await entriesOf('log.key-changed');
  expect(change?.data).toMatchObject({
    signatures: { demanded: false, proposer: null, confirmer: null },
  });
});

test('what was signed cannot be changed or exchanged, and no order is given twice', async () => {
  const digest = await ada.order({ kind: 'key' });
  const other = JSON.stringify(await bo.prove(digest, 'proposer'));
  const set = (columns: string) =>
    database.app.query(`update audit_orders set ${columns} where digest = $1`, [digest]);
  expect(await refused(set(`proposed_signature = '${other.slice(0, 100)}'`))).toBe(checkViolation);
  expect(await refused(set('proposed_signature = null, proposed_passkey = null'))).toBe(checkViolation);
  expect(
    await refused(
      database.app.query(
        `insert into audit_orders (tenant_id, number, kind, log_id, terms, digest, proposed_by)
         select tenant_id, number + 1, kind, log_id, terms, digest, proposed_by from audit_orders where digest = $1`,
        [digest],
      ),
    ),
  ).toBe(uniqueViolation);
});
