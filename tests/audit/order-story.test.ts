import { beforeAll, describe, expect, test } from 'vitest';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { canonicalText } from '../../engine/core/audit/canonical-text.ts';
import { OrderStory } from '../../engine/core/audit/order-story.ts';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { useDatabase } from '../support/database.ts';
import { browserVerdict } from './browser-verdict.ts';
import { tenant } from './draft-entry.ts';
import { exportedNotes, exportedRows } from './grown-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { type SigningOrderer, signingOrderer } from './signing-orderer.ts';

/* A stranger with the log alone sees what is wrong with the signatures below an order; the server, the offline verifier and the browser say the same. */

const database = await useDatabase();
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
let ada: SigningOrderer;
let bo: SigningOrderer;
let log: JsonObject[];
let digest: string;
/** Where the order is proposed, signed, confirmed and done. */
let at: { [type: string]: number };

beforeAll(async () => {
  ada = await signingOrderer(database, 'ada');
  bo = await signingOrderer(database, 'bo');
  await record(database, numbered(2));
  const sequencer = sequencerOf(database.sequencer, {
    keys: keysOf(testSigner),
    signers: [ada.signer, bo.signer],
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 },
  });
  await sequencer.start();
  const has = (text: string) => async () => (await database.owner.query(text)).rowCount === 1;
  await until(has('select 1 from audit_checkpoint having count(*) > 0'), 'signed');
  digest = await ada.order({ kind: 'key' });
  expect(await bo.confirm(digest)).toMatchObject({ ok: true });
  await until(has("select 1 from audit_orders where state = 'done'"), 'done');
  await record(database, numbered(2, 10));
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
  log = (await exportedRows(database)).map(({ raw }) => JSON.parse(raw ?? '') as JsonObject);
  at = Object.fromEntries(log.map(({ type }, index) => [String(type), index]));
});

const dataOf = (entry: JsonObject) => entry.data as JsonObject;

/** What both say of the log with some of its entries exchanged, and that it is the same. */
async function judged(change: (log: JsonObject[]) => void = () => undefined): Promise<string[]> {
  const changed = structuredClone(log);
  change(changed);
  const raws = changed.map((entry) => canonicalText(entry));
  const offline = verifyExport({
    entries: () => raws.map((raw, idx) => ({ idx, leaf: '', raw })),
    checkpoints: [],
    key,
    trusted: [],
  }).findings.filter(({ kind }) => kind === 'semantic');
  const story = new OrderStory(true);
  const problems = raws.flatMap((raw, index) => {
    const read = readEntry(Buffer.from(raw));
    if (!read.ok) throw new Error(read.message);
    return story.pass(index, read.entry);
  });
  problems.push(...story.end());
  const here = problems.map(({ index, message }) => `entry ${index}: ${message}`);
  expect(offline.map(({ message }) => message).sort()).toEqual([...here].sort());
  const entries = raws.map((raw, idx) => ({ idx, leaf: '', raw }));
  const { findings } = await browserVerdict({ entries, checkpoints: [], key });
  const inBrowser = findings.filter(({ means }) => means === 'order');
  expect(inBrowser.map(({ message }) => message).sort()).toEqual([...here].sort());
  return here;
}

test('what two people have signed holds, here, on the server and offline', async () => {
  expect(await judged()).toEqual([]);
  const server = await verifyAudit(database.app, tenant);
  expect(server).toMatchObject({ ok: true, orders: { done: 1, unsigned: 0 } });
  const rows = await exportedRows(database);
  const checkpoints = await exportedNotes(database);
  expect(verifyExport({ entries: () => rows, checkpoints, key, trusted: [] })).toMatchObject({
    ok: true,
    orders: { done: 1, unsigned: 0 },
  });
});

const flip = (text: unknown) => `${String(text).startsWith('A') ? 'B' : 'A'}${String(text).slice(1)}`;
const done = (all: JsonObject[]) => dataOf(all[at['log.key-changed'] ?? -1] ?? {});
const evidence = (all: JsonObject[], role: string) =>
  (done(all).signatures as JsonObject)[role] as JsonObject;

describe('is found:', () => {
  test.each<[string, (all: JsonObject[]) => void, string]>([
    [
      'a signature that was changed',
      (all) => {
        const below = evidence(all, 'proposer');
        below.authenticatorData = `${String(below.authenticatorData).slice(0, -2)}AA`.replace(
          /AAAA$/,
          'AABA',
        );
      },
      'does not hold',
    ],
    [
      'a challenge of another nonce',
      (all) => {
        evidence(all, 'proposer').nonce = flip(evidence(all, 'proposer').nonce);
      },
      'another challenge was signed',
    ],
    [
      'the proposer twice',
      (all) => {
        (done(all).signatures as JsonObject).confirmer = evidence(all, 'proposer');
      },
      'it was signed as the other one of the two',
    ],
    [
      'one that is missing although it had to be there',
      (all) => {
        (done(all).signatures as JsonObject).confirmer = null;
      },
      'its confirmer has not signed and had to',
    ],
    [
      'one person for both',
      (all) => {
        done(all).confirmed_by = done(all).proposed_by ?? null;
      },
      'one person gave alone',
    ],
    [
      'other people than those whose keys they are',
      (all) => {
        done(all).proposed_by = 'per_somebody';
      },
      'is of a key that the log does not say was registered by its person',
    ],
    [
      'terms that were exchanged',
      (all) => {
        done(all).terms = String(done(all).terms).replace('because', 'Because');
      },
      'terms are not those of its digest',
    ],
    [
      'something else than was ordered',
      (all) => {
        done(all).from = 'soar.example/audit/1+00000000+AAAA';
      },
      'something else was carried out',
    ],
    [
      'evidence that is none',
      (all) => {
        (done(all).signatures as JsonObject).proposer = { v: 1, order: digest, role: 'proposer' };
      },
      'cannot be read',
    ],
    [
      'a word of one of the two that they did not sign so',
      (all) => {
        const confirmed = dataOf(all[at['log.order-confirmed'] ?? -1] ?? {});
        confirmed.evidence = evidence(all, 'proposer');
      },
      'it was signed as the other one of the two',
    ],
    [
      'a key that somebody else registered',
      (all) => {
        for (const entry of all)
          if (entry.type === 'passkey.created') entry.actor = { kind: 'person', id: 'per_x', channel: 'api' };
      },
      'does not say was registered by its person',
    ],
    [
      'a key that nobody registered',
      (all) => {
        for (const entry of all)
          if (entry.type === 'passkey.created') dataOf(entry).publicKey = `sha256:${'0'.repeat(64)}`;
      },
      'does not say was registered by its person',
    ],
    [
      'a key that had been removed',
      (all) => {
        const first = all.find(({ reason }) => reason === 'entry 0') as JsonObject;
        first.type = 'passkey.removed';
        first.data = { passkeyId: ada.passkeyId, personId: ada.id };
      },
      'of a key that had ended before',
    ],
    [
      'a key whose person had been deactivated',
      (all) => {
        const first = all.find(({ reason }) => reason === 'entry 0') as JsonObject;
        first.type = 'person.changed';
        first.data = { personId: bo.id, after: { active: false } };
      },
      'of a key that had ended before',
    ],
  ])('%s', async (_, change, message) => {
    expect(await judged(change)).toContainEqual(expect.stringContaining(message));
  });
});

test('what nobody signed and nobody had to is counted, and is no finding', async () => {
  expect(
    await judged((all) => {
      done(all).signatures = { demanded: false, proposer: null, confirmer: null };
    }),
  ).toEqual([]);
  const story = new OrderStory(true);
  const entry = structuredClone(log[at['log.key-changed'] ?? -1]) as JsonObject;
  dataOf(entry).signatures = null;
  const read = readEntry(Buffer.from(canonicalText(entry)));
  if (!read.ok) throw new Error(read.message);
  story.pass(0, read.entry);
  expect(story).toMatchObject({ done: 1, unsigned: 1 });
});

test('a key may be one of an earlier log, or of a text that went', () => {
  const story = new OrderStory(false);
  const read = readEntry(Buffer.from(canonicalText(log[at['log.key-changed'] ?? -1] as JsonObject)));
  if (!read.ok) throw new Error(read.message);
  expect([...story.pass(9, read.entry), ...story.end()]).toEqual([]);
});
