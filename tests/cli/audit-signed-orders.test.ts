import { beforeAll, expect, test } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { keysOf, numbered, record, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { type SigningOrderer, signingOrderer } from '../audit/signing-orderer.ts';
import { riposte } from './start-cli.ts';

/* An auditor asks whether those who ordered something about the log signed it. */

const api = await startApi();
const auditor = (await api.person('vic', ['auditor'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: auditor };
const keys = keysOf(testSigner);
const sequencer = (signers: SigningOrderer[]) =>
  sequencerOf(api.db.sequencer, {
    keys,
    signers: signers.map(({ signer }) => signer),
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 },
  });
let ada: SigningOrderer;
let bo: SigningOrderer;

beforeAll(async () => {
  [ada, bo] = [await signingOrderer(api.db, 'ada'), await signingOrderer(api.db, 'bo')];
  await record(api.db, numbered(3));
});

test('what both have signed holds', async () => {
  const leading = sequencer([ada, bo]);
  await leading.start();
  const has = (text: string) => async () => (await api.db.owner.query(text)).rowCount === 1;
  await until(has('select 1 from audit_checkpoint having count(*) > 0'), 'a log');
  const none = await riposte(['audit', 'signed', '--orders'], env);
  expect(none).toMatchObject({ code: 0 });
  expect(none.stderr).toContain('The log has no order about it that is done.');
  expect(await bo.confirm(await ada.order({ kind: 'key' }))).toMatchObject({ ok: true });
  await until(has("select 1 from audit_orders where state = 'done'"), 'done');
  await leading.stop();

  const answer = await riposte(['audit', 'signed', '--orders'], env);
  expect(answer).toMatchObject({ code: 0 });
  expect(answer.stdout).toContain(
    `log.key-changed  ${ada.id}, ${bo.id}  signed by both, as the sequencer demanded: holds`,
  );
  const { orders } = JSON.parse((await riposte(['audit', 'signed', '--orders', '--json'], env)).stdout);
  expect(orders).toMatchObject([{ verdict: 'holds', demanded: true, proposer: ada.id, why: null }]);
});

test('what nobody signed is said, and what had to be signed is found', async () => {
  const given = { order: `sha256:${'0'.repeat(64)}`, proposed_by: ada.id, confirmed_by: bo.id };
  const up = { type: 'log.place-given-up', actor: { kind: 'system', id: 'x', channel: 'engine' } } as const;
  await record(api.db, [{ ...up, data: given }]);
  await sequencer([]).flush();
  const unsigned = await riposte(['audit', 'signed', '--orders'], env);
  expect(unsigned).toMatchObject({ code: 0 });
  expect(unsigned.stdout).toContain('unsigned: not signed with the passkeys of both');
  const signatures = { demanded: true, proposer: null, confirmer: null };
  await record(api.db, [{ ...up, data: { ...given, signatures } }]);
  await sequencer([]).flush();
  const found = await riposte(['audit', 'signed', '--orders'], env);
  expect(found.code).toBe(1);
  expect(found.stdout).toContain('DOES NOT HOLD: an order about the log that its proposer has not signed');
});

test('it takes a question or --orders', async () => {
  for (const args of [[], ['apr_1', '--orders']])
    expect(await riposte(['audit', 'signed', ...args], env)).toMatchObject({ code: 2 });
});
