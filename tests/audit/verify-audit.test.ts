import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { hexOf, rootOf } from '../../engine/core/audit/merkle.ts';
import { appendLeaves, joinHashes } from '../../engine/core/audit/tiles.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { signerOf } from '../../engine/runtime/audit/signing-key.ts';
import type { Verification } from '../../engine/runtime/audit/verification.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import type { ApprovalId, EntryId, RunId } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { draft, nowMs, tenant } from './draft-entry.ts';
import {
  logTables,
  numbered,
  origin,
  record,
  sequencerOf,
  storedRows,
  tamper,
  testSigner,
} from './open-log.ts';

/*
 * A log of 700 entries: two full tiles, a partial one, a level above, checkpoints at 301, 601 and 700.
 * Each test changes what only the tables' owner can change, with the triggers off, and looks which
 * index the verifier names. Before each test the log is as it was.
 */
const database: TestDatabase = await useDatabase();
const size = 700;
let honestRoot = '';

beforeAll(async () => {
  const sequencer = sequencerOf(database.sequencer);
  await record(database, numbered(300));
  await sequencer.flush();
  await record(database, numbered(300, 300));
  await sequencer.flush();
  await record(database, numbered(99, 600));
  await sequencer.flush();
  for (const table of logTables) {
    await database.owner.query(`create table kept_${table} as table ${table}`);
  }
  honestRoot = (await verifyAudit(database.app, tenant)).root;
});

beforeEach(async () => {
  for (const table of logTables) {
    await database.owner.transaction(async (tx) => {
      await tx.query(`alter table ${table} disable trigger user`);
      await tx.query(`truncate ${table}`);
      await tx.query(`insert into ${table} select * from kept_${table}`);
      // However long the tests before it took.
      if (table === 'audit_log_meta') await tx.query(`update ${table} set sealed_at = clock_timestamp()`);
      await tx.query(`alter table ${table} enable trigger user`);
    });
  }
});

const verify = (options: Parameters<typeof verifyAudit>[2] = {}): Promise<Verification> =>
  verifyAudit(database.app, tenant, options);

/** Problems as `what@index` or `what@index-before`. */
function namesOf(found: Verification): string[] {
  return found.problems.map(
    ({ what, index, before }) => `${what}@${index}${before === undefined ? '' : `-${before}`}`,
  );
}

test('an untouched log is in order', async () => {
  const found = await verify();
  const leaves = await database.owner.query<{ leaf: Uint8Array }>('select leaf from audit_log order by idx');
  expect(found).toEqual({
    ok: true,
    log: '1',
    size,
    root: hexOf(rootOf(leaves.rows.map((row) => row.leaf))),
    keys: [formatVerifierKey(verifierKey(origin, testSigner.publicKey))],
    problems: [],
    problemsLeftOut: 0,
    checkpoints: 3,
    checkpoint: { size, root: found.root, note: expect.stringMatching(/^soar\.example\/audit\/1\n700\n/) },
    anchors: 0,
    prunedBelow: 0,
    orders: { done: 0, unsigned: 0 },
    pending: 0,
  });
});

test('page and tile boundaries do not matter', async () => {
  expect(await verify({ pageRows: 256 })).toEqual(await verify({ pageRows: 4_096 }));
});

describe('a changed row', () => {
  test('one byte', async () => {
    await tamper(
      database,
      "update audit_log set entry = overlay(entry placing 'X' from 20 for 1) where idx = 123",
    );
    const found = await verify();
    expect(found).toMatchObject({ ok: false, firstBadIndex: 123 });
    expect(namesOf(found)).toContain('leaf-mismatch@123');
  });

  test.each([0, 255, 256, 511, 512, 699])('other bytes with a leaf that fits them, at %i', async (index) => {
    const forged = encodeEntry(draft({ reason: 'never happened' }), {
      id: `ent_${index}` as EntryId,
      nowMs,
      tenant,
    });
    await tamper(
      database,
      'update audit_log set entry = $1, leaf = $2, entry_id = $3, type = $4, at = $5 where idx = $6',
      [forged.bytes, forged.leaf, forged.id, forged.entry.type, forged.entry.time, index],
    );
    const found = await verify();
    expect(found).toMatchObject({ ok: false, firstBadIndex: index });
    expect(namesOf(found)).toEqual([`tile-mismatch@${index}`, ...(index === 0 ? ['first-entry@0'] : [])]);
  });

  test('the leaf column alone', async () => {
    await tamper(database, "update audit_log set leaf = sha256('x') where idx = 400");
    expect(namesOf(await verify())).toEqual(['leaf-mismatch@400']);
  });

  test.each([
    ['run_id', "'run_other'"],
    ['type', "'stop.cleared'"],
    ['at', "at + interval '1 second'"],
    ['entry_id', "'ent_other'"],
  ])('the column %s that lists and searches use', async (column, value) => {
    await tamper(database, `update audit_log set ${column} = ${value} where idx = 77`);
    expect(namesOf(await verify())).toEqual(['column-mismatch@77']);
  });

  test('bytes that mean the same but are written otherwise', async () => {
    await tamper(
      database,
      "update audit_log set entry = overlay(entry placing '{ ' from 1 for 1) where idx = 5",
    );
    expect(namesOf(await verify())).toEqual(['leaf-mismatch@5', 'entry-unreadable@5']);
  });
});

describe('missing, moved and additional rows', () => {
  test('one deleted in the middle', async () => {
    await tamper(database, 'delete from audit_log where idx = 256');
    const found = await verify();
    expect(found).toMatchObject({ ok: false, firstBadIndex: 256, root: expect.any(String) });
    expect(namesOf(found)).toEqual(['row-missing@256']);
  });

  test('several deleted here and there', async () => {
    await tamper(database, 'delete from audit_log where idx in (40, 41, 255, 256, 600)');
    expect((await verify()).problems.map((problem) => problem.message)).toEqual([
      'no row at index 40 to 41',
      'no row at index 255 to 256',
      'no row at index 600',
    ]);
  });

  test('one deleted and the later ones moved up', async () => {
    await tamper(database, 'delete from audit_log where idx = 300');
    await tamper(database, 'update audit_log set idx = idx + 100000 where idx > 300');
    await tamper(database, 'update audit_log set idx = idx - 100001 where idx > 100000');
    const found = await verify({ maxProblems: 10_000 });
    expect(found.firstBadIndex).toBe(300);
    expect(namesOf(found).at(-1)).toBe('row-missing@699');
  });

  test('two swapped', async () => {
    await tamper(
      database,
      'update audit_log set idx = case idx when 10 then -1 else -2 end where idx in (10, 20)',
    );
    await tamper(database, 'update audit_log set idx = case idx when -1 then 20 else 10 end where idx < 0');
    const found = await verify();
    expect(found.firstBadIndex).toBe(10);
    expect(namesOf(found)).toEqual(['tile-mismatch@10', 'tile-mismatch@20']);
  });

  test('a forged one after the end', async () => {
    await tamper(database, copyRow(size));
    expect(namesOf(await verify())).toEqual(['row-beyond-end@700']);
  });

  test('a forged one after the end, with the size raised', async () => {
    await tamper(database, copyRow(size));
    await tamper(database, `update audit_log_meta set size = ${size + 1}`);
    const found = await verify();
    expect(found).toMatchObject({ ok: false, firstBadIndex: size });
    expect(namesOf(found)).toContain('tile-missing@700');
  });

  test('a row before the beginning', async () => {
    await tamper(database, copyRow(-1));
    expect(namesOf(await verify())).toEqual(['row-beyond-end@-1']);
  });

  test('the tail', async () => {
    await tamper(database, 'delete from audit_log where idx >= 650');
    const found = await verify();
    expect(found.firstBadIndex).toBe(650);
    expect(found.problems).toMatchObject([{ what: 'row-missing', message: 'no row at index 650 to 699' }]);
  });

  test('the tail with the size set back', async () => {
    await tamper(database, 'delete from audit_log where idx >= 650');
    await tamper(database, 'update audit_log_meta set size = 650');
    const found = await verify();
    expect(found.firstBadIndex).toBe(650);
    expect(namesOf(found)).toEqual(['checkpoint-beyond-end@650', 'tile-beyond-end@650']);
  });

  test('the bytes of an entry without a truncation that allows it', async () => {
    await tamper(database, 'update audit_log set entry = null where idx = 3');
    expect(namesOf(await verify())).toEqual(['entry-missing@3']);
  });

  test('everything', async () => {
    await tamper(database, 'delete from audit_log_meta');
    expect(await verify()).toMatchObject({ ok: false, size: 0, problems: [{ what: 'log-missing' }] });
  });
});

describe('a changed tile', () => {
  test('one hash on level 0', async () => {
    await tamper(database, `update audit_tile set hashes = ${otherHash(44)} where level = 0 and n = 1`);
    const found = await verify();
    expect(found.firstBadIndex).toBe(300);
    expect(namesOf(found)).toEqual(['tile-mismatch@300', 'tile-mismatch@256-512']);
  });

  test('one hash in the partial tile', async () => {
    await tamper(database, `update audit_tile set hashes = ${otherHash(0)} where level = 0 and n = 2`);
    expect(namesOf(await verify())).toEqual(['tile-mismatch@512']);
  });

  test('one hash on level 1', async () => {
    await tamper(database, `update audit_tile set hashes = ${otherHash(1)} where level = 1`);
    const found = await verify();
    expect(found.firstBadIndex).toBe(256);
    expect(namesOf(found)).toEqual(['tile-mismatch@256-512']);
  });

  test.each([
    ['level 0', 'delete from audit_tile where level = 0 and n = 0', ['tile-missing@0-256']],
    ['level 1', 'delete from audit_tile where level = 1', ['tile-missing@0-512']],
  ])('gone from %s', async (_, text, names) => {
    await tamper(database, text);
    expect(namesOf(await verify())).toEqual(names);
  });

  test('with a hash cut off', async () => {
    await tamper(
      database,
      'update audit_tile set hashes = substr(hashes, 1, 32 * 187) where level = 0 and n = 2',
    );
    expect(namesOf(await verify())).toEqual(['tile-missing@699']);
  });

  test('with a hash too many', async () => {
    await tamper(database, "update audit_tile set hashes = hashes || sha256('x') where level = 0 and n = 2");
    expect(namesOf(await verify())).toEqual(['tile-beyond-end@700']);
  });

  test('too many', async () => {
    await tamper(
      database,
      "insert into audit_tile (tenant_id, log_id, level, n, hashes) values ('default', '1', 2, 0, sha256('x'))",
    );
    expect(namesOf(await verify())).toEqual(['tile-beyond-end@null']);
  });
});

describe('a changed checkpoint', () => {
  test('tells between which checkpoints something does not fit', async () => {
    await tamper(database, "update audit_checkpoint set root = sha256('x') where size = 601");
    const found = await verify();
    expect(found.firstBadIndex).toBe(301);
    expect(namesOf(found)).toEqual(['checkpoint-signature@null', 'checkpoint-mismatch@301-601']);
  });

  test('a forged one of a size that was never reached', async () => {
    await database.owner.query(
      "insert into audit_checkpoint (tenant_id, log_id, size, root) values ('default', '1', 9999, sha256('x'))",
    );
    expect(namesOf(await verify())).toEqual(['checkpoint-beyond-end@700']);
  });

  test('a forged one of a size in between', async () => {
    await database.owner.query(
      "insert into audit_checkpoint (tenant_id, log_id, size, root) values ('default', '1', 400, sha256('x'))",
    );
    expect(namesOf(await verify())).toEqual(['checkpoint-unsigned@null', 'checkpoint-mismatch@301-400']);
  });
});

describe('removed checkpoints', () => {
  test('are noticed once the entries beyond the newest one were sealed long ago', async () => {
    await tamper(database, 'delete from audit_checkpoint where size > 601');
    expect(await verify()).toMatchObject({ ok: true });
    await tamper(database, "update audit_log_meta set sealed_at = sealed_at - interval '2 minutes'");
    expect(namesOf(await verify())).toEqual(['checkpoint-missing@601-700']);
    await tamper(database, 'delete from audit_checkpoint');
    expect(namesOf(await verify())).toEqual(['checkpoint-missing@0-700']);
  });

  test('are noticed also where the time of sealing was set into the future', async () => {
    await tamper(database, 'delete from audit_checkpoint');
    await tamper(database, "update audit_log_meta set sealed_at = 'infinity'");
    expect(namesOf(await verify())).toEqual(['checkpoint-missing@0-700']);
  });

  test('are no problem of a log that is closed: the next one names its root', async () => {
    await tamper(database, 'delete from audit_checkpoint where size > 601');
    await tamper(
      database,
      "update audit_log_meta set closed_at = clock_timestamp(), sealed_at = sealed_at - interval '2 minutes'",
    );
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('a forger who rewrites rows and tiles alike', () => {
  test('is found by the checkpoints, which say where to look', async () => {
    await rewrite(500);
    const found = await verify();
    expect(found.firstBadIndex).toBe(301);
    expect(namesOf(found)).toEqual(['checkpoint-mismatch@301-601']);
    // The last checkpoint is wrong too; the first wrong one says it, the other is counted.
    expect(found.problemsLeftOut).toBe(1);
  });

  test('and checkpoints too cannot sign them, and an anchor kept elsewhere says since when', async () => {
    await rewrite(500);
    await forgeCheckpoints();
    const inside = await verify();
    expect(new Set(inside.problems.map((problem) => problem.what))).toEqual(
      new Set(['checkpoint-signature']),
    );
    expect(inside.root).not.toBe(honestRoot);
    const anchored = await verify({ anchors: [{ size, root: honestRoot }] });
    expect(anchored).toMatchObject({ ok: false, anchors: 1 });
    expect(namesOf(anchored)).toContain('anchor-mismatch@0-700');
  });

  test('and signs everything anew with a key of their own is believed, unless the log names another one', async () => {
    await rewrite(500);
    const forger = signerOf(Buffer.alloc(32, 7));
    const other = formatVerifierKey(verifierKey(origin, forger.publicKey));
    await tamper(database, 'update audit_log_meta set vkey = $1', [other]);
    const leaves = await database.owner.query<{ leaf: Uint8Array }>(
      'select leaf from audit_log order by idx',
    );
    for (const at of [301, 601, size]) {
      const root = rootOf(leaves.rows.slice(0, at).map(({ leaf }) => leaf));
      const note = signCheckpoint(origin, { size: at, root }, forger);
      await tamper(database, 'update audit_checkpoint set root = $2, note = $3 where size = $1', [
        at,
        root,
        note,
      ]);
    }
    const found = await verify();
    expect(found).toMatchObject({ ok: false, keys: [other], problems: [{ code: 'audit/bad-signature' }] });
    expect(namesOf(found)).toEqual(['key-unnamed@null']);
  });

  test('or cuts the tail everywhere cannot be seen from inside, only with an anchor kept elsewhere', async () => {
    await tamper(database, 'delete from audit_log where idx >= 601');
    await tamper(
      database,
      'update audit_tile set hashes = substr(hashes, 1, 32 * 89) where level = 0 and n = 2',
    );
    await tamper(database, 'delete from audit_checkpoint where size > 601');
    await tamper(database, "update audit_log_meta set size = 601, sealed_at = sealed_at - interval '1 day'");
    expect(await verify()).toMatchObject({ ok: true, size: 601 });
    const anchored = await verify({ anchors: [{ size, root: honestRoot }] });
    expect(namesOf(anchored)).toEqual(['anchor-beyond-end@601']);
  });
});

test('an anchor that fits is counted', async () => {
  expect(await verify({ anchors: [{ size, root: honestRoot }] })).toMatchObject({ ok: true, anchors: 1 });
});

test('two places changed at once are both named', async () => {
  await tamper(
    database,
    "update audit_log set entry = overlay(entry placing 'X' from 20 for 1) where idx = 600",
  );
  await tamper(database, 'delete from audit_log where idx = 50');
  const found = await verify();
  expect(found.firstBadIndex).toBe(50);
  expect(found.problems.map((problem) => problem.index)).toEqual(expect.arrayContaining([50, 600]));
});

test('a ruined log is reported in bounded memory', async () => {
  await tamper(database, "update audit_log set leaf = sha256('x')");
  const found = await verify({ maxProblems: 5 });
  expect(found.problems).toHaveLength(5);
  expect(found.problemsLeftOut).toBe(size - 5);
  expect(found.firstBadIndex).toBe(0);
});

test('texts that are gone are named, whatever the database says of its lowest index', async () => {
  await tamper(database, 'update audit_log set entry = null where idx in (8, 9)');
  await tamper(database, 'update audit_log_meta set min_index = 256');
  expect(namesOf(await verify())).toEqual(['entry-missing@8', 'entry-missing@9']);
  await tamper(database, "update audit_log set leaf = sha256('x') where idx = 9");
  expect(namesOf(await verify())).toEqual(['entry-missing@8', 'entry-missing@9', 'tile-mismatch@9']);
});

test('a log that grows meanwhile is no problem', async () => {
  const sequencer = sequencerOf(database.sequencer);
  let looked = 0;
  const busy = {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      looked += 1;
      if (looked < 8) {
        await record(database, numbered(70));
        await sequencer.flush();
      }
      return await database.app.query<Row>(text, values);
    },
  };
  const found = await verifyAudit(busy, tenant, { pageRows: 256 });
  expect(namesOf(found)).toEqual([]);
  expect(found.size).toBe(770);
});

describe('a story that cannot be true', () => {
  const runId = 'run_story' as RunId;
  const action = { runId, action: 'edr.isolate-host@1.0.0', actionKey: 'key1' };
  const digest = `sha256:${'ab'.repeat(32)}`;
  const approvalId = 'apr_1' as ApprovalId;
  const granted = draft({ type: 'approval.granted', runId, approvalId, planDigest: digest });

  async function storyOf(drafts: EntryDraft[], factsMax?: number): Promise<Verification> {
    await record(database, drafts);
    await sequencerOf(database.sequencer).flush();
    return await verify(factsMax === undefined ? {} : { factsMax });
  }

  test.each(['action.succeeded', 'action.failed', 'action.unknown'] as const)(
    '%s without an attempt',
    async (type) => {
      const found = await storyOf([
        draft({ ...action, actionKey: 'other', type: 'action.attempted' }),
        draft({ ...action, type }),
      ]);
      expect(found.firstBadIndex).toBe(701);
      expect(found.problems).toMatchObject([
        { code: 'audit/semantic', what: 'outcome-without-attempt', index: 701 },
      ]);
    },
  );

  test('an attempt that is only written afterwards', async () => {
    const found = await storyOf([
      draft({ ...action, type: 'action.succeeded' }),
      draft({ ...action, type: 'action.attempted' }),
    ]);
    expect(namesOf(found)).toEqual(['outcome-without-attempt@700']);
  });

  test('an action whose approval was never granted, or for something else', async () => {
    const attempt = draft({
      ...action,
      type: 'action.attempted',
      approvalId,
      planDigest: `sha256:${'cd'.repeat(32)}`,
    });
    const found = await storyOf([
      draft({ ...action, type: 'action.attempted', approvalId, planDigest: digest }),
      granted,
      attempt,
    ]);
    expect(namesOf(found)).toEqual(['action-without-approval@700', 'action-without-approval@702']);
  });

  const attempt = (of: Partial<EntryDraft> = {}) =>
    draft({ ...action, type: 'action.attempted', approvalId, planDigest: digest, ...of });
  const voided = draft({ ...action, type: 'approval.voided', approvalId, planDigest: digest });

  test.each([
    ['', undefined],
    [', also when that has left the memory', 1],
  ])('an action on a yes that was void for it before%s; others may go out on it', async (_, factsMax) => {
    const other = attempt({ actionKey: 'key2' });
    const found = await storyOf([granted, attempt(), voided, other, attempt({ attempt: 2 })], factsMax);
    expect(namesOf(found)).toEqual(['action-without-approval@704']);
    expect(found.problems).toMatchObject([{ message: expect.stringContaining('was void for it before') }]);
  });

  test('is not found where the story is true, also when its beginning has left the memory', async () => {
    const story = [
      granted,
      draft({ ...action, type: 'action.attempted', approvalId, planDigest: digest, attempt: 1 }),
      draft({ ...action, actionKey: 'key2', type: 'action.attempted' }),
      draft({ ...action, actionKey: 'key3', type: 'action.attempted' }),
      draft({ ...action, type: 'action.unknown', approvalId, planDigest: digest }),
      draft({ ...action, type: 'action.succeeded' }),
    ];
    expect(await storyOf(story, 1)).toMatchObject({ ok: true, problems: [] });
    const lie = await storyOf([draft({ ...action, actionKey: 'key4', type: 'action.failed' })], 1);
    expect(namesOf(lie)).toEqual(['outcome-without-attempt@706']);
  });
});

test('a tenant that never logged anything is in order', async () => {
  expect(await verifyAudit(database.app, 'nobody' as typeof tenant)).toMatchObject({ ok: true, size: 0 });
});

function copyRow(index: number): string {
  return `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
    select tenant_id, log_id, ${index}, entry, leaf, 'ent_forged', type, at from audit_log where idx = 1`;
}

function otherHash(place: number): string {
  return `overlay(hashes placing sha256('x') from ${place * 32 + 1} for 32)`;
}

/** Other bytes at `index`, and every tile as if they had always been there. */
async function rewrite(index: number): Promise<void> {
  const [row] = (await storedRows(database)).filter(({ idx }) => idx === index);
  const id = row?.entryId as EntryId;
  const forged = encodeEntry(draft({ reason: 'never happened' }), { id, nowMs, tenant });
  await tamper(database, 'update audit_log set entry = $1, leaf = $2, at = $3 where idx = $4', [
    forged.bytes,
    forged.leaf,
    forged.entry.time,
    index,
  ]);
  const grown = appendLeaves(0, () => undefined, await leavesNow());
  for (const tile of grown.changed) {
    await tamper(database, 'update audit_tile set hashes = $1 where level = $2 and n = $3', [
      tile.hashes,
      tile.level,
      tile.n,
    ]);
  }
}

async function forgeCheckpoints(): Promise<void> {
  const leaves = await leavesNow();
  for (const at of [301, 601, 700]) {
    await tamper(database, 'update audit_checkpoint set root = $1 where size = $2', [
      joinHashes([rootOf(leaves.slice(0, at))]),
      at,
    ]);
  }
}

async function leavesNow(): Promise<Uint8Array[]> {
  const { rows } = await database.owner.query<{ leaf: Uint8Array }>(
    'select leaf from audit_log order by idx',
  );
  return rows.map((row) => row.leaf);
}
