import { beforeAll, describe, expect, test } from 'vitest';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { verifyInclusion } from '../../engine/core/audit/merkle.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { proveInclusion, readNamedTile, readPublished } from '../../engine/runtime/audit/read-published.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { age, exportedNotes, exportedRows, rejuvenate } from './grown-log.ts';
import { numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { type Orderer, orderer } from './order.ts';

/* Texts go by retention in whole tiles: the log says so first, everywhere, and every root is still provable. */

const database = await useDatabase();
const root = await temporaryFolder();
const places = [anchorDirectory(root)];
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const archive = `sha256:${'a'.repeat(64)}`;
const wish = (more: { archivedTo?: number; archivedLog?: string; retentionDays?: number | null } = {}) =>
  ({
    kind: 'truncation',
    archive,
    archivedLog: origin,
    archivedTo: 700,
    retentionDays: 400,
    ...more,
  }) as const;
const open = (retentionDays: number | null = 400) =>
  sequencerOf(database.sequencer, {
    places,
    retentionDays,
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
  });
let ada: Orderer;
let bo: Orderer;

const texts = async () =>
  Number(
    (await database.owner.query<{ n: number }>('select count(entry) as n from audit_log where idx < 512'))
      .rows[0]?.n,
  );

beforeAll(async () => {
  await record(database, numbered(700));
  const sequencer = open();
  await sequencer.start();
  await until(
    async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
    'sealed',
  );
  await sequencer.stop();
  [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
});

describe('nothing goes', () => {
  test('where everything is kept, nothing is old, or no archive holds it', async () => {
    expect(await ada.propose(wish({ retentionDays: null }), 'x')).toMatchObject({
      detail: expect.stringContaining('RIPOSTE_AUDIT_RETENTION'),
    });
    expect(await ada.propose(wish(), 'x')).toMatchObject({ code: 'request/conflict' });
    await age(database, 600, 500);
    expect(await ada.propose(wish({ archivedTo: 255 }), 'x')).toMatchObject({ code: 'request/conflict' });
  });

  test('on the ground of an archive of another log, such as the one before', async () => {
    expect(await ada.propose(wish({ archivedLog: `${origin}/2-0badcafe` }), 'x')).toMatchObject({
      code: 'request/conflict',
      detail: expect.stringContaining('another log'),
    });
  });

  test('by one person’s word, nor on a sequencer that keeps everything', async () => {
    const proposed = await ada.propose(wish(), 'over 400 days');
    if (!proposed.ok) throw new Error(proposed.detail);
    expect(await ada.confirm(proposed.digest)).toMatchObject({ code: 'approval/separation' });
    expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
    const keeping = open(null);
    await keeping.start();
    await until(async () => {
      const { rows } = await database.owner.query('select 1 from audit_orders where state = $1', ['refused']);
      return rows.length === 1;
    }, 'it is refused');
    await keeping.stop();
    expect(await texts()).toBe(512);
    expect((await readNewestLog(database.app, tenant))?.minIndex).toBe(0);
  });
});

test('whole tiles go after the log has said so, and every hash stays', async () => {
  const before = await exportedNotes(database);
  const proposed = await ada.propose(wish(), 'over 400 days');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true, kind: 'truncation' });
  const sequencer = open();
  await sequencer.start();
  await until(async () => (await texts()) === 1, 'the texts are gone');
  await record(database, numbered(3, 800));
  await sequencer.stop();
  await rejuvenate(database, 600, 500);
  expect(sequencer.errors).toEqual([]);
  expect((await readNewestLog(database.app, tenant))?.minIndex).toBe(512);

  const rows = await exportedRows(database);
  const truncated = rows.find(({ raw }) => raw?.includes('"audit.truncated"'));
  expect(JSON.parse(truncated?.raw ?? '{}')).toMatchObject({
    type: 'audit.truncated',
    reason: 'over 400 days',
    data: { from: 0, to: 512, archive, retention_days: 400, order: proposed.digest },
  });
  // Its own first word stays, and the rest of the log.
  expect(rows[0]?.raw).toContain('log.started');
  expect(rows.slice(512).every(({ raw }) => raw !== null)).toBe(true);

  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [], prunedBelow: 512 });
  const verdict = verifyExport({
    entries: () => rows,
    checkpoints: await exportedNotes(database),
    key,
    trusted: before,
  });
  expect(verdict).toMatchObject({ ok: true, pruned: 511, truncated: [{ from: 0, to: 512 }] });

  // Served as the format has it: hashes yes, texts no, proofs as before.
  const log = await readPublished(database.app, tenant);
  if (log === null) throw new Error('nothing is published');
  expect(await readNamedTile(database.app, tenant, log, { kind: 'entries', n: 1, width: 256 })).toBe(
    'pruned',
  );
  const proof = await proveInclusion(database.app, tenant, log, 300, log.size);
  expect(verifyInclusion(proof.leaf, 300, log.size, proof.hashes, proof.root)).toBe(true);
});

test('the next truncation goes on where the last one ended, and not before', async () => {
  expect(await ada.propose(wish(), 'again')).toMatchObject({ code: 'request/conflict' });
  await record(database, numbered(200, 900));
  const first = open();
  await first.start();
  await until(
    async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
    'sealed',
  );
  await until(async () => {
    const { rows } = await database.owner.query<{ size: number }>('select size from audit_anchor');
    return Number(rows[0]?.size) > 800;
  }, 'it is anchored');
  await age(database, 780, 500);
  const proposed = await ada.propose(wish({ archivedTo: 900 }), 'again');
  if (!proposed.ok) throw new Error(proposed.detail);
  await bo.confirm(proposed.digest);
  await until(async () => (await readNewestLog(database.app, tenant))?.minIndex === 768, 'it is truncated');
  // Died before the bytes were gone: the next start goes on.
  await first.stop();
  const next = open();
  await next.start();
  await until(async () => {
    const { rows } = await database.owner.query<{ n: number }>(
      "select count(entry) as n from audit_log where idx < 768 and type not in ('log.started', 'audit.truncated')",
    );
    return Number(rows[0]?.n) === 0;
  }, 'the rest is gone');
  await next.stop();
  await rejuvenate(database, 780, 500);
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, prunedBelow: 768 });
  const checkpoints = await exportedNotes(database);
  const rows = await exportedRows(database);
  expect(verifyExport({ entries: () => rows, checkpoints, key, trusted: [] })).toMatchObject({
    ok: true,
    truncated: [
      { from: 0, to: 512 },
      { from: 512, to: 768 },
    ],
  });
});
