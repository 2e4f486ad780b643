import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EncodedEntry } from '../../engine/core/audit/entry.ts';
import { hexOf, leafHash, rootOf } from '../../engine/core/audit/merkle.ts';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { AuditAlarm, PoisonedEntry, SequencerFenced } from '../../engine/runtime/audit/alarm.ts';
import { encodeEntries } from '../../engine/runtime/record-audit.ts';
import type { Sequencer } from '../../engine/runtime/sequence-audit.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { Sql, Tx } from '../../engine/runtime/store/sql.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { mintId } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { encode, nowMs, tenant } from './draft-entry.ts';
import { logTables, numbered, origin, record, sequencerOf, storedRows, tamper, until } from './open-log.ts';

const database: TestDatabase = await useDatabase();
const started: Sequencer[] = [];

beforeEach(async () => {
  for (const table of logTables) {
    await database.owner.query(`alter table ${table} disable trigger user`);
  }
  await database.owner.query(
    'truncate audit_pack, audit_log, audit_tile, audit_checkpoint, audit_log_meta, audit_doubt',
  );
  await database.owner.query("update stops set active = false where scope = 'audit'");
  for (const table of logTables) {
    await database.owner.query(`alter table ${table} enable trigger user`);
  }
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((sequencer) => sequencer.stop()));
});

function start<Given extends Sequencer>(sequencer: Given): Given {
  started.push(sequencer);
  sequencer.start();
  return sequencer;
}

/** What an auditor would find; every test that leaves a sound log ends with it. */
async function expectSound(size: number): Promise<void> {
  const found = await verifyAudit(database.app, tenant);
  expect(found.problems).toEqual([]);
  expect(found).toMatchObject({ ok: true, size });
}

/** Without what the sequencer itself says when it halts. */
async function pendingCount(): Promise<number> {
  const text = `select 1 from audit_pending where position('log.contradicted'::bytea in entry) = 0`;
  return (await database.owner.query(text)).rowCount;
}

async function insertPending(
  id: string,
  entry: Uint8Array,
  leaf: Uint8Array = leafHash(entry),
): Promise<void> {
  await database.app.query('insert into audit_pending (tenant_id, id, entry, leaf) values ($1, $2, $3, $4)', [
    tenant,
    id,
    entry,
    leaf,
  ]);
}

describe('a sequencer', () => {
  test('begins a log by saying so, and which one it is', async () => {
    expect(await sequencerOf(database.sequencer).flush()).toBe(0);
    const [first] = await storedRows(database);
    const read = readEntry(first?.entry ?? new Uint8Array());
    expect(read.ok && read.entry).toMatchObject({
      type: 'log.started',
      actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
      data: { origin, log: '1', incarnation: 1 },
    });
    await expectSound(1);
  });

  test('gives contiguous indexes in the order of writing and leaves nothing pending', async () => {
    const ids = [...(await record(database, numbered(3))), ...(await record(database, numbered(2, 3)))];
    expect(await sequencerOf(database.sequencer).flush()).toBe(5);
    const rows = await storedRows(database);
    expect(rows.map((row) => row.idx)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.slice(1).map((row) => row.entryId)).toEqual(ids);
    expect(await pendingCount()).toBe(0);
    await expectSound(6);
  });

  test('takes more than a batch and more than a tile in one go', async () => {
    await record(database, numbered(1_300));
    const sequencer = sequencerOf(database.sequencer);
    expect(await sequencer.flush()).toBe(1_300);
    const rows = await storedRows(database);
    const leaves = rows.map((row) => leafHash(row.entry));
    const kept = await database.owner.query<{ size: number; root: Uint8Array }>(
      'select size, root from audit_checkpoint',
    );
    expect(kept.rows.map((row) => [row.size, hexOf(row.root)])).toEqual([[1_301, hexOf(rootOf(leaves))]]);
    expect(sequencer.errors).toEqual([]);
    await expectSound(1_301);
  });

  test('goes on where another one ended, keeping the name the log was born with', async () => {
    await record(database, numbered(300));
    await sequencerOf(database.sequencer).flush();
    await record(database, numbered(10));
    await sequencerOf(database.sequencer, { origin: 'renamed.example/audit/1' }).flush();
    await expectSound(311);
    const meta = await database.owner.query('select origin, epoch from audit_log_meta');
    expect(meta.rows).toEqual([{ origin, epoch: 2 }]);
  });

  test('picks up an entry whose transaction committed after younger ones were sealed', async () => {
    const sequencer = sequencerOf(database.sequencer);
    await database.app.transaction(async (tx) => {
      const slow = encode({ reason: 'enqueued first, committed last' });
      await tx.query('insert into audit_pending (tenant_id, id, entry, leaf) values ($1, $2, $3, $4)', [
        tenant,
        slow.id,
        slow.bytes,
        slow.leaf,
      ]);
      await record(database, numbered(2));
      expect(await sequencer.flush()).toBe(2);
    });
    expect(await sequencer.flush()).toBe(1);
    expect((await storedRows(database)).at(-1)?.entryId).toBe('ent_1');
    await expectSound(4);
  });

  test('seals what arrives while it runs, and a last checkpoint names the end when it stops', async () => {
    const sequencer = start(sequencerOf(database.sequencer));
    await record(database, numbered(5));
    await until(async () => (await storedRows(database)).length === 6, 'polling finds the entries');
    await record(database, numbered(5));
    sequencer.nudge();
    await until(async () => (await storedRows(database)).length === 11, 'the nudged look finds the entries');
    await record(database, numbered(1));
    await sequencer.stop();
    expect(sequencer.status()).toEqual({ state: 'stopped' });
    const kept = await database.owner.query('select max(size) as size from audit_checkpoint');
    expect(kept.rows).toEqual([{ size: 12 }]);
    expect(sequencer.errors).toEqual([]);
    await expectSound(12);
  });

  test('writes a heartbeat when nothing else happened for long enough, and not before', async () => {
    const patient = sequencerOf(database.sequencer);
    await patient.flush();
    await patient.flush();
    expect((await storedRows(database)).map((row) => row.type)).toEqual(['log.started']);
    const impatient = sequencerOf(database.sequencer, { limits: { heartbeatMs: 1 } });
    await until(async () => {
      await impatient.flush();
      return (await storedRows(database)).some((row) => row.type === 'log.heartbeat');
    }, 'a heartbeat after a millisecond of silence');
    await expectSound((await storedRows(database)).length);
  });

  test('writes heartbeats by itself while it runs', async () => {
    start(sequencerOf(database.sequencer, { limits: { heartbeatMs: 50, pollMs: 20, idlePollMs: 20 } }));
    await until(async () => (await storedRows(database)).length >= 3, 'two heartbeats');
    const types = (await storedRows(database)).map((row) => row.type);
    expect(new Set(types.slice(1))).toEqual(new Set(['log.heartbeat']));
  });

  test('may not change what it has sealed', async () => {
    await sequencerOf(database.sequencer).flush();
    for (const text of [
      'update audit_log set type = type',
      'delete from audit_log',
      'truncate audit_log',
      'update audit_checkpoint set root = root',
      'delete from audit_tile',
    ]) {
      await expect(database.sequencer.query(text), text).rejects.toThrow('permission denied');
    }
    await expect(database.owner.query('delete from audit_log')).rejects.toThrow('append-only');
    await expect(database.owner.query('truncate audit_log')).rejects.toThrow('append-only');
    for (const text of ['update audit_log_meta set size = 0', "update audit_tile set hashes = sha256('x')"]) {
      await expect(database.sequencer.query(text), text).rejects.toThrow('only grows');
    }
  });
});

describe('of several sequencers', () => {
  test('a paused one cannot write any more once another one has started', async () => {
    const paused = sequencerOf(database.sequencer);
    await paused.flush();
    const younger = sequencerOf(database.sequencer);
    await record(database, numbered(2));
    await younger.flush();
    await record(database, numbered(3));
    await expect(paused.flush()).rejects.toThrow(SequencerFenced);
    expect(await pendingCount()).toBe(3);
    expect(await younger.flush()).toBe(3);
    await expectSound(6);
  });

  test('one that pauses in the middle of a batch is disconnected, and its batch never happened', async () => {
    const gate = gateBefore(database.sequencer, 'insert into audit_log ');
    const paused = sequencerOf(gate.database, { limits: { heldMs: 300 } });
    await record(database, numbered(4));
    const outcome = paused.flush().then(
      () => 'committed',
      () => 'failed',
    );
    await gate.reached;
    const younger = sequencerOf(database.sequencer);
    expect(await younger.flush()).toBe(4);
    gate.open();
    expect(await outcome).toBe('failed');
    await expectSound(5);
  });

  test('all racing for the same entries, each entry gets one index and none is lost', async () => {
    const sequencers = [1, 2, 3].map(() =>
      start(sequencerOf(database.sequencer, { limits: { takeoverMs: 60, pollMs: 10, idlePollMs: 20 } })),
    );
    const ids: string[] = [];
    for (let round = 0; round < 30; round++) {
      ids.push(...(await record(database, numbered(20, round * 20))));
      sequencers[round % 3]?.nudge();
      // Claiming by force is what a restart does: it fences whoever is at work.
      if (round % 5 === 0) await sequencers[(round + 1) % 3]?.flush().catch(ignoreFence);
    }
    await until(async () => (await pendingCount()) === 0, 'everything is sealed');
    await Promise.all(started.splice(0).map((sequencer) => sequencer.stop()));
    const rows = await storedRows(database);
    const sealed = rows.filter((row) => row.type !== 'log.started').map((row) => row.entryId);
    expect(rows.map((row) => row.idx)).toEqual(rows.map((_, at) => at));
    expect([...sealed].sort()).toEqual([...ids].sort());
    expect(rows.filter((row) => row.type === 'log.started')).toHaveLength(1);
    expect(sequencers.flatMap((sequencer) => sequencer.errors)).toEqual([]);
    await expectSound(601);
  });

  test('the one that stands by takes over when entries are left lying', async () => {
    const limits = { takeoverMs: 100, pollMs: 20, idlePollMs: 40 };
    const standby = start(sequencerOf(database.sequencer, { limits }));
    await until(() => standby.status().state === 'leading', 'the first one leads');
    const leader = start(sequencerOf(database.sequencer, { limits }));
    await until(() => leader.status().state === 'leading', 'the younger one leads');
    await until(() => standby.status().state === 'standby', 'the older one stands by');
    await leader.stop();
    await record(database, numbered(3));
    await until(async () => (await pendingCount()) === 0, 'the entries are sealed');
    expect(standby.status()).toEqual({ state: 'leading' });
    await standby.stop();
    await expectSound(4);
  });
});

describe('a database that fails', () => {
  test('is reported and tried again, and no entry is lost', async () => {
    let broken = true;
    const flaky: Database = {
      ...database.sequencer,
      query: (text, values) =>
        broken ? Promise.reject(new Error('connection lost')) : database.sequencer.query(text, values),
      transaction: (work) =>
        broken ? Promise.reject(new Error('connection lost')) : database.sequencer.transaction(work),
    };
    const sequencer = start(sequencerOf(flaky, { limits: { pollMs: 5 } }));
    await record(database, numbered(3));
    await until(() => sequencer.errors.length >= 2, 'it failed twice');
    broken = false;
    await until(async () => (await pendingCount()) === 0, 'the entries are sealed');
    expect(new Set(sequencer.errors.map((error) => error.message))).toEqual(new Set(['connection lost']));
    await sequencer.stop();
    await expectSound(4);
  });

  test('in the middle of a batch leaves everything as it was', async () => {
    await record(database, numbered(3));
    const failing = failAt(database.sequencer, 'update audit_log_meta set size');
    const sequencer = sequencerOf(failing);
    await expect(sequencer.flush()).rejects.toThrow('cut here');
    expect(await storedRows(database)).toEqual([]);
    expect(await pendingCount()).toBe(3);
    expect(await sequencerOf(database.sequencer).flush()).toBe(3);
    await expectSound(4);
  });
});

describe('a pending row that recordAudit did not write', () => {
  const other = encode({ reason: 'genuine' });
  const rows: [string, string, Uint8Array, Uint8Array | undefined, string][] = [
    ['bytes that are no JSON', 'ent_bad', Buffer.from('drop table'), undefined, 'entry-unreadable'],
    ['bytes that are no UTF-8', 'ent_bad', Buffer.from([0xff, 0x00]), undefined, 'entry-unreadable'],
    ['no bytes at all', 'ent_bad', Buffer.alloc(0), undefined, 'entry-unreadable'],
    ['a leaf of other bytes', 'ent_1', other.bytes, leafHash(Buffer.from('x')), ''],
    ['another id than its entry', 'ent_other', other.bytes, undefined, 'column-mismatch'],
    ['an id that could pass for a label of ours', 'idx:5', other.bytes, undefined, 'column-mismatch'],
    ['a run id that PostgreSQL cannot store', 'ent_1', withRun('run_\\u0000'), undefined, 'entry-unreadable'],
    [
      'a time that PostgreSQL does not know',
      'ent_1',
      withTime('0000-01-01T00:00:00.000Z'),
      undefined,
      'entry-unreadable',
    ],
  ];

  test.each(rows)(
    'with %s is sealed as it is, reported, and does not stop the log',
    async (_, id, bytes, leaf, what) => {
      await record(database, numbered(2));
      await insertPending(id, bytes, leaf);
      await record(database, numbered(2));
      const sequencer = sequencerOf(database.sequencer);
      expect(await sequencer.flush()).toBe(5);
      expect(sequencer.errors).toHaveLength(1);
      const [error] = sequencer.errors;
      expect(error).toBeInstanceOf(PoisonedEntry);
      expect(error).toMatchObject({ index: 3 });
      expect(hexOf((await storedRows(database))[3]?.entry ?? new Uint8Array())).toBe(hexOf(bytes));
      const found = await verifyAudit(database.app, tenant);
      expect(found.problems.map((problem) => [problem.index, problem.what])).toEqual(
        what === '' ? [] : [[3, what]],
      );
      await record(database, numbered(1));
      expect(await sequencer.flush()).toBe(1);
    },
  );

  test('that repeats a sealed entry is dropped, as the log holds its bytes', async () => {
    await insertPending(other.id, other.bytes);
    const sequencer = sequencerOf(database.sequencer);
    await sequencer.flush();
    await insertPending(other.id, other.bytes);
    expect(await sequencer.flush()).toBe(1);
    expect(sequencer.errors.map((error) => error.message)).toEqual([
      'pending entry "ent_1": exactly these bytes are in the log already',
    ]);
    await expectSound(2);
  });

  test('that takes the id of a sealed entry is sealed under its index', async () => {
    await insertPending(other.id, other.bytes);
    const sequencer = sequencerOf(database.sequencer);
    await sequencer.flush();
    await insertPending(other.id, encode({ reason: 'forged' }).bytes);
    await sequencer.flush();
    expect((await storedRows(database)).map((row) => row.entryId).slice(1)).toEqual(['ent_1', 'idx:2']);
    expect(sequencer.errors).toHaveLength(1);
    expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: false, firstBadIndex: 2 });
  });
});

describe('a pack', () => {
  const [first, second, third] = encodeEntries(tenant, nowMs, numbered(3), mintId) as [
    EncodedEntry,
    EncodedEntry,
    EncodedEntry,
  ];

  async function insertPack(entries: EncodedEntry[], lengths = entries.map(({ bytes }) => bytes.length)) {
    await database.app.query(
      'insert into audit_pack (tenant_id, ids, lengths, entries, leaves) values ($1, $2, $3, $4, $5)',
      [
        tenant,
        entries.map(({ id }) => id),
        lengths,
        Buffer.concat(entries.map(({ bytes }) => bytes)),
        Buffer.concat(entries.map(({ leaf }) => leaf)),
      ],
    );
  }

  test('with an entry that recordAudit did not write spoils that one alone', async () => {
    const bytes = Buffer.from('drop table');
    await insertPack([first, { ...second, bytes, leaf: leafHash(bytes) }, third]);
    const sequencer = sequencerOf(database.sequencer);
    expect(await sequencer.flush()).toBe(3);
    expect(sequencer.errors).toMatchObject([{ name: 'PoisonedEntry', index: 2 }]);
    expect((await storedRows(database)).map((row) => row.entryId).slice(1)).toEqual([
      first.id,
      second.id,
      third.id,
    ]);
    const found = await verifyAudit(database.app, tenant);
    expect(found.problems.map((problem) => [problem.index, problem.what])).toEqual([[2, 'entry-unreadable']]);
  });

  test('whose lengths do not make its bytes is sealed whole, reported, and does not stop the log', async () => {
    await record(database, numbered(2));
    await insertPack([first, second], [first.bytes.length, second.bytes.length - 1]);
    await insertPack([third], [0]);
    await record(database, numbered(2));
    const sequencer = sequencerOf(database.sequencer);
    expect(await sequencer.flush()).toBe(7);
    expect(sequencer.errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/the lengths of its pack make \d+ bytes of \d+$/),
      expect.stringMatching(/the lengths of its pack make 0 bytes of \d+$/),
    ]);
    const rows = await storedRows(database);
    expect(rows).toHaveLength(7);
    expect(hexOf(rows[3]?.entry ?? new Uint8Array())).toBe(hexOf(Buffer.concat([first.bytes, second.bytes])));
    const found = await verifyAudit(database.app, tenant);
    expect(found.problems.map((problem) => [problem.index, problem.what])).toEqual([[3, 'entry-unreadable']]);
  });

  test('with the same entry twice is sealed with it once, and another one under its id as what it is', async () => {
    const bytes = encode({ reason: 'forged' }).bytes;
    await insertPack([first, second, first, { ...second, bytes, leaf: leafHash(bytes) }]);
    const sequencer = sequencerOf(database.sequencer);
    expect(await sequencer.flush()).toBe(4);
    expect(sequencer.errors).toMatchObject([
      { name: 'PoisonedEntry', index: null },
      { name: 'PoisonedEntry', index: 3 },
    ]);
    const rows = await storedRows(database);
    expect(rows.map((row) => row.entryId).slice(1)).toEqual([first.id, second.id, 'idx:3']);
    expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: false, firstBadIndex: 3 });
  });

  test('is taken whole, and what is behind a batch is taken by the next one', async () => {
    await record(database, numbered(400));
    await insertPack([first, second, third]);
    const sequencer = sequencerOf(database.sequencer, { limits: { batchRows: 10 } });
    expect(await sequencer.flush()).toBe(403);
    const reasons = (await storedRows(database)).slice(1).map(({ entry }) => {
      const read = readEntry(entry);
      return read.ok ? read.entry.reason : null;
    });
    expect(reasons.slice(0, 400)).toEqual(numbered(400).map(({ reason }) => reason));
    await expectSound(404);
  });
});

describe('a log that does not fit together halts the sequencer for good', () => {
  async function sealedLog(): Promise<void> {
    await record(database, numbered(300));
    await sequencerOf(database.sequencer).flush();
  }

  const broken: [string, string, 'audit/fork' | 'audit/integrity'][] = [
    ['the last row is gone', 'delete from audit_log where idx = 300', 'audit/integrity'],
    ['the tail was cut, but not the checkpoint', cutTail(290), 'audit/fork'],
    ['a checkpoint has another root', "update audit_checkpoint set root = sha256('x')", 'audit/fork'],
    ['the partial tile is gone', 'delete from audit_tile where level = 0 and n = 1', 'audit/integrity'],
    [
      'a leaf near the end was changed',
      "update audit_log set leaf = sha256('x') where idx = 299",
      'audit/integrity',
    ],
    ['the size was set back', 'update audit_log_meta set size = 200', 'audit/integrity'],
  ];
  test.each(broken)('when %s', async (_, text, code) => {
    await sealedLog();
    await tamper(database, text);
    await record(database, numbered(1));
    const sequencer = sequencerOf(database.sequencer);
    const refusal = await sequencer.flush().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AuditAlarm);
    expect(refusal).toMatchObject({ code });
    expect(sequencer.status()).toMatchObject({ state: 'halted', alarm: { code } });
    expect(sequencer.errors).toEqual([refusal]);
    await expect(sequencer.flush()).rejects.toBe(refusal);
    expect(await pendingCount()).toBe(1);
  });

  test('when the last row of a full tile is gone', async () => {
    await record(database, numbered(255));
    await sequencerOf(database.sequencer).flush();
    await tamper(database, 'delete from audit_log where idx = 255');
    await expect(sequencerOf(database.sequencer).flush()).rejects.toMatchObject({
      code: 'audit/integrity',
      message: 'the log says 256 entries, its last row makes it 255',
    });
  });

  test('when it happens while it leads', async () => {
    await sealedLog();
    const sequencer = start(sequencerOf(database.sequencer, { limits: { checkpointMs: 0, pollMs: 10 } }));
    await until(() => sequencer.status().state === 'leading', 'it leads');
    await database.owner.query(
      "insert into audit_checkpoint (tenant_id, log_id, size, root) values ($1, '1', 302, sha256('x'))",
      [tenant],
    );
    await record(database, numbered(1));
    await until(() => sequencer.status().state === 'halted', 'it halts');
    expect(sequencer.errors).toMatchObject([{ name: 'AuditAlarm', code: 'audit/fork' }]);
    await record(database, numbered(1));
    await expect(sequencer.flush()).rejects.toThrow(AuditAlarm);
    expect(await pendingCount()).toBe(1);
  });

  test('when a row beyond its end appears while it leads', async () => {
    await sealedLog();
    const sequencer = sequencerOf(database.sequencer);
    await sequencer.flush();
    await tamper(database, forgedRow(301));
    await record(database, numbered(1));
    await expect(sequencer.flush()).rejects.toMatchObject({ code: 'audit/integrity' });
    expect(await pendingCount()).toBe(1);
  });
});

function cutTail(size: number): string {
  return `with rows as (delete from audit_log where idx >= ${size}),
    tiles as (update audit_tile set hashes = substr(hashes, 1, 32 * ${size - 256}) where level = 0 and n = 1)
    update audit_log_meta set size = ${size}`;
}

function forgedRow(index: number): string {
  return `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
    select tenant_id, log_id, ${index}, entry, leaf, 'ent_forged', type, at from audit_log where idx = 1`;
}

function withRun(runId: string): Uint8Array {
  return Buffer.from(
    Buffer.from(encode().bytes).toString().replace('"tenant"', `"runId":"${runId}","tenant"`),
  );
}

function withTime(time: string): Uint8Array {
  return Buffer.from(
    Buffer.from(encode().bytes)
      .toString()
      .replace(/"time":"[^"]*"/, `"time":"${time}"`),
  );
}

function ignoreFence(error: unknown): void {
  if (!(error instanceof SequencerFenced)) throw error;
}

/** Stops a transaction in front of a statement until `open` is called. */
function gateBefore(
  inner: Database,
  statement: string,
): { database: Database; reached: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrive = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const outer = watching(inner, async (text) => {
    if (!text.includes(statement)) return;
    arrive();
    await opened;
  });
  return { database: outer, reached, open };
}

function failAt(inner: Database, statement: string): Database {
  return watching(inner, async (text) => {
    if (text.includes(statement)) throw new Error('cut here');
  });
}

function watching(inner: Database, before: (text: string) => Promise<void>): Database {
  const watch = (sql: Sql): Pick<Sql, 'query'> => ({
    async query(text, values) {
      await before(text);
      return await sql.query(text, values);
    },
  });
  return {
    ...inner,
    ...watch(inner),
    transaction: (work) => inner.transaction((tx) => work({ ...watch(tx), __tx: true } satisfies Tx)),
  };
}
