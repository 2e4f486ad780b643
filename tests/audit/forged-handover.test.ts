import { beforeAll, describe, expect, test } from 'vitest';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import { type Verdict, verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { rootOf } from '../../engine/core/audit/merkle.ts';
import { keyChangeMessage } from '../../engine/core/audit/order.ts';
import { formatSignature } from '../../engine/core/audit/signed-note.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { type LogSigner, signerOf } from '../../engine/runtime/audit/signing-key.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { draft, tenant } from './draft-entry.ts';
import { exportedNotes, exportedRows } from './grown-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { orderer } from './order.ts';

/*
 * Whoever has the application's password can write entries in good form, and the sequencer seals them. A change of
 * key is no such entry: the key in force has signed it, or nobody follows.
 */

const database = await useDatabase();
const keys = keysOf(testSigner);
const keyOf = (signer: LogSigner) => formatVerifierKey(verifierKey(origin, signer.publicKey));
const firstKey = keyOf(testSigner);
const thief = signerOf(new Uint8Array(32).fill(7));
const other = signerOf(new Uint8Array(32).fill(8));
const open = () => sequencerOf(database.sequencer, { keys, limits: { pollMs: 10, idlePollMs: 20 } });

/** As the thief of the application's password writes it: among the pending ones. */
async function forge(from: string, to: string, signer?: LogSigner): Promise<void> {
  const message = Buffer.from(keyChangeMessage(origin, { from, to }));
  const signature = signer === undefined ? undefined : Buffer.from(signer.sign(message)).toString('base64');
  const { id, bytes, leaf } = encodeEntry(
    {
      type: 'log.key-changed',
      actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
      outcome: 'success',
      data: { from, to, ...(signature === undefined ? {} : { signature }) },
    },
    { id: mintId('EntryId'), nowMs: Date.now(), tenant },
  );
  await database.app.query('insert into audit_pending (tenant_id, id, entry, leaf) values ($1, $2, $3, $4)', [
    tenant,
    id,
    bytes,
    leaf,
  ]);
}

async function change(): Promise<void> {
  const sequencer = open();
  await sequencer.start();
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  const proposed = await ada.propose({ kind: 'key' }, 'routine');
  if (!proposed.ok) throw new Error(proposed.detail);
  await bo.confirm(proposed.digest);
  await until(
    async () => (await readNewestLog(database.app, tenant))?.vkey !== firstKey,
    'the key is replaced',
  );
  await sequencer.stop();
}

let rows: ExportedEntry[] = [];
let notes: string[] = [];
let secondKey = '';
let changes: number[] = [];

const verdictOf = (key: string, given: { rows?: ExportedEntry[]; notes?: string[] } = {}): Verdict =>
  verifyExport({
    entries: () => given.rows ?? rows,
    checkpoints: given.notes ?? notes,
    key,
    trusted: [],
  });

beforeAll(async () => {
  // The first entry is the log's own also when a forged one waits for it.
  await forge(keyOf(thief), keyOf(other), thief);
  await record(database, numbered(3));
  await open().flush();
  await forge(firstKey, keyOf(thief));
  await forge(firstKey, keyOf(thief), thief);
  await forge(keyOf(thief), firstKey, thief);
  await open().flush();
  await change();
  secondKey = (await readNewestLog(database.app, tenant))?.vkey ?? '';
  await forge(firstKey, keyOf(thief), thief);
  // What was signed once is in force no more.
  const real = (await exportedRows(database)).find(({ raw }) => raw?.includes(secondKey));
  const { data } = JSON.parse(real?.raw ?? '{}') as { data: { from: string; to: string; signature: string } };
  await record(database, [
    {
      type: 'log.key-changed',
      actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
      data: { from: data.from, to: data.to, signature: data.signature },
    },
  ]);
  await record(database, numbered(3, 20));
  await open().flush();
  rows = await exportedRows(database);
  notes = await exportedNotes(database);
  changes = rows.flatMap(({ idx, raw }) => (raw?.includes('"log.key-changed"') ? [idx] : []));
});

test('a log names its first key in its first entry, and each change is signed by the key in force', () => {
  expect(JSON.parse(rows[0]?.raw ?? '{}')).toMatchObject({ type: 'log.started', data: { key: firstKey } });
  expect(changes).toHaveLength(7);
});

describe('forged changes of the key, before and after a real one', () => {
  /** All but the one that two people ordered. */
  const forged = () => changes.filter((_, at) => at !== 4);

  test.each([
    ['the first key', () => firstKey],
    ['the second key', () => secondKey],
  ])('are named to a stranger who knows %s, and the rest holds', (_, key) => {
    const { findings, keys: followed } = verdictOf(key());
    expect(followed).toEqual([firstKey, secondKey]);
    expect(findings.map(({ index }) => index)).toEqual(forged());
    expect(findings[0]?.message).toBe('entry 1: a key changes here that the key in force has not signed');
  });

  test.each([
    ['the first key', () => firstKey],
    ['the second key', () => secondKey],
    ['what the database says', () => undefined],
  ])('are named inside by %s, and the rest holds', async (_, key) => {
    const vkey = key();
    const found = await verifyAudit(database.app, tenant, vkey === undefined ? {} : { vkey });
    expect(found.problems.map(({ what, index }) => `${what}@${index}`)).toEqual(
      forged().map((index) => `key-change-unsigned@${index}`),
    );
  });

  test('let nobody sign an invented tail who owns the database and not the key', () => {
    const at = changes[1] ?? 0;
    const sizeOf = (note: string) => Number(note.split('\n')[1]);
    const real = notes.find((note) => sizeOf(note) > at) ?? '';
    // The log's own head over the forged entry, with the thief's line below it.
    const { name, id } = verifierKey(origin, thief.publicKey);
    const text = Buffer.from(real.slice(0, real.lastIndexOf('\n\n') + 1));
    const both = real + formatSignature({ name, id, signature: thief.sign(text) });
    const invented = encodeEntry(draft({ reason: 'nobody isolated anything' }), {
      id: mintId('EntryId'),
      nowMs: Date.now(),
      tenant,
    });
    const kept = rows.slice(0, sizeOf(real));
    const all = [
      ...kept,
      {
        idx: kept.length,
        leaf: Buffer.from(invented.leaf).toString('hex'),
        raw: Buffer.from(invented.bytes).toString(),
      },
    ];
    const root = rootOf(all.map(({ leaf }) => Buffer.from(leaf, 'hex')));
    const head = signCheckpoint(origin, { size: all.length, root }, thief);
    const before = notes.filter((note) => sizeOf(note) <= at);
    const verdict = verdictOf(firstKey, { rows: all, notes: [...before, both, head] });
    expect(verdict.keys).toEqual([firstKey]);
    const said = verdict.findings.map(({ message }) => message);
    expect(said).toContain(`an exported checkpoint (size ${all.length}): it is not signed with this key`);
    expect(said).toContain(`no signed checkpoint covers the entries from ${kept.length} on`);
  });
});
