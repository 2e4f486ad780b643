import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { verifyNote } from '../../engine/core/audit/signed-note.ts';
import { parseVerifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { roles, rolesThatMay } from '../../engine/core/identity/rights.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { readHold, readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { noRight, refused } from '../support/refused.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { fork } from './fork-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { type Orderer, orderer } from './order.ts';

/*
 * A database that was put back is held. Two people begin a new log in it; the one before is closed and kept.
 */

const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 };

let database: TestDatabase;
let root: string;
let ada: Orderer;
let bo: Orderer;
beforeEach(async () => {
  database = await useDatabase();
  root = await temporaryFolder();
  await fork(database, root);
  ada = await orderer(database, 'ada');
  bo = await orderer(database, 'bo');
});

const keys = () => keysOf(testSigner);
const halted = () =>
  sequencerOf(database.sequencer, { keys: keys(), places: [anchorDirectory(root)], limits });

async function entriesOf(log: string): Promise<Entry[]> {
  const { rows } = await database.owner.query<{ entry: Uint8Array }>(
    'select entry from audit_log where tenant_id = $1 and log_id = $2 order by idx',
    [tenant, log],
  );
  return rows.flatMap(({ entry }) => {
    const read = readEntry(entry);
    return read.ok ? [read.entry] : [];
  });
}

async function proposed(): Promise<string> {
  const answer = await ada.propose({ kind: 'incarnation', oldKey: 'good' }, 'the server room burnt down');
  if (!answer.ok) throw new Error(answer.detail);
  return answer.digest;
}

/** By two people, while nobody is there to do it. */
async function ordered(): Promise<string> {
  const sequencer = halted();
  await sequencer.start();
  await evidence();
  const digest = await proposed();
  await sequencer.stop();
  expect(await bo.confirm(digest)).toMatchObject({ ok: true });
  return digest;
}

async function evidence(): Promise<string> {
  let found = '';
  await until(async () => {
    const { rows } = await database.owner.query<{ evidence: string }>('select evidence from audit_doubt');
    found = rows[0]?.evidence ?? '';
    return found !== '';
  }, 'the evidence is written');
  return found;
}

describe('two people', () => {
  test('begin a new log, which names the one before, why, and both of them', async () => {
    await record(database, numbered(3, 50));
    const sequencer = halted();
    await sequencer.start();
    expect(sequencer.status().state).toBe('halted');
    const doubt = JSON.parse(await evidence());
    expect(doubt).toMatchObject({
      code: 'audit/fork',
      log: '1',
      size: 6,
      checkpoint: { size: 6 },
      places: [{ place: `file://${root}`, size: 11 }],
    });
    const digest = await proposed();
    expect(await bo.confirm(digest)).toMatchObject({ ok: true, state: 'confirmed' });
    await until(() => sequencer.status().state === 'leading', 'the new log is led');
    await record(database, numbered(1, 90));
    await until(async () => ((await readNewestLog(database.app, tenant))?.size ?? 0) > 4, 'it is sealed');
    await sequencer.stop();
    expect(await readHold(database.app, tenant)).toBeNull();

    const log = await readNewestLog(database.app, tenant);
    expect(log).toMatchObject({ incarnation: 2, logId: expect.stringMatching(/^2-[0-9a-f]{8}$/) });
    const entries = await entriesOf(log?.logId ?? '');
    expect(entries[0]).toMatchObject({
      type: 'log.started',
      reason: 'the server room burnt down',
      code: 'audit/fork',
      data: {
        log: log?.logId,
        origin: log?.origin,
        incarnation: 2,
        key: log?.vkey,
        before: { log: '1', origin, size: 6, checkpoint: doubt.checkpoint, places: doubt.places },
        order: digest,
        proposed_by: ada.id,
        confirmed_by: bo.id,
      },
    });
    // What waited while the log was in doubt is in the new one, the word of the halt included.
    const types = entries.map((entry) => entry.type);
    expect(types).toEqual(
      expect.arrayContaining(['log.contradicted', 'log.order-proposed', 'log.order-confirmed']),
    );
    expect(entries.filter((entry) => /^entry (50|51|52|90)$/.test(entry.reason ?? ''))).toHaveLength(4);
    expect(sequencer.errors).toMatchObject([{ code: 'audit/fork' }]);

    // Outside it has a folder of its own, signed by its own key.
    const folder = join(root, encodeURIComponent(log?.origin ?? ''));
    const last = readdirSync(folder).sort().at(-1) ?? '';
    const key = parseVerifierKey(log?.vkey ?? '');
    expect(verifyNote(readFileSync(join(folder, last), 'utf8'), key === null ? [] : [key]).ok).toBe(true);
    expect(
      readdirSync(join(root, encodeURIComponent(origin)))
        .sort()
        .at(-1),
    ).toBe('0000000000000011.checkpoint');

    // Both logs verify, and the old one is closed for everybody.
    expect(await verifyAudit(database.app, tenant)).toMatchObject({
      ok: true,
      log: log?.logId,
      problems: [],
    });
    expect(await verifyAudit(database.app, tenant, { logId: '1' })).toMatchObject({ ok: true, size: 6 });
    const write = "update audit_log_meta set size = size + 1 where log_id = '1'";
    expect(await refused(database.sequencer.query(write))).toBe(noRight);
    const sign =
      "insert into audit_checkpoint (tenant_id, log_id, size, root) values ($1, '1', 7, sha256('x'))";
    expect(await refused(database.sequencer.query(sign, [tenant]))).toBe(noRight);
  });

  test('are two, and people who have just signed in; each refusal is in the log', async () => {
    const sequencer = halted();
    await sequencer.start();
    await evidence();
    const digest = await proposed();
    expect(await ada.confirm(digest)).toMatchObject({ code: 'approval/separation' });
    expect(await bo.confirm(`sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 'approval/digest-mismatch' });
    expect(await bo.confirm(digest, { signedInAtMs: null })).toMatchObject({ code: 'auth/fresh-sign-in' });
    expect(await bo.confirm(digest, { signedInAtMs: Date.now() - 600_000 })).toMatchObject({
      code: 'auth/fresh-sign-in',
    });
    expect(await bo.confirm(digest, { personId: null })).toMatchObject({ code: 'approval/needs-person' });
    expect(sequencer.status().state).toBe('halted');
    const { rows } = await database.owner.query<{ entry: string }>(
      `select convert_from(entry, 'UTF8') as entry from audit_pending order by enqueued_at, id`,
    );
    const refusals = rows
      .map((row) => JSON.parse(row.entry))
      .filter((entry) => entry.type === 'log.order-refused');
    expect(refusals.map((entry) => entry.code)).toEqual([
      'approval/separation',
      'approval/digest-mismatch',
      'auth/fresh-sign-in',
      'auth/fresh-sign-in',
      'approval/needs-person',
    ]);
    await sequencer.stop();
  });

  test('cannot be made up by the application, nor the hold ended by anything else', async () => {
    const sequencer = halted();
    await sequencer.start();
    await evidence();
    const digest = await proposed();
    await sequencer.stop();
    const alone = 'update audit_orders set state = $1, confirmed_by = proposed_by, confirmed_at = now()';
    expect(await refused(database.app.query(alone, ['confirmed']))).toBe('23514');
    const done = "update audit_orders set state = 'done'";
    expect(await refused(database.app.query(done))).not.toBeNull();
    const other = "update audit_orders set terms = '{}'";
    expect(await refused(database.app.query(other))).toBe(noRight);
    const release = "select begin_incarnation('default', 1, '2-00000000')";
    expect(await refused(database.app.query(release))).toBe(noRight);
    // Not even the sequencer, as long as nobody has confirmed, or without a new log.
    expect(await refused(database.sequencer.query(release))).toBe(noRight);
    expect(await bo.confirm(digest)).toMatchObject({ ok: true });
    expect(await refused(database.sequencer.query(release))).toBe(noRight);
    expect(
      await refused(database.sequencer.query("update stops set active = false where scope = 'audit'")),
    ).toBe(noRight);
    expect(await readHold(database.app, tenant)).not.toBeNull();
  });

  test('order nothing while nothing is held', async () => {
    const sound = await useDatabase();
    const [first] = [await orderer(sound, 'ada')];
    expect(await first.propose({ kind: 'incarnation', oldKey: 'good' }, 'why not')).toMatchObject({
      code: 'request/conflict',
    });
    expect(await first.confirm(`sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 'request/conflict' });
  });
});

test('what a place outside says anew makes the order stale, before and after the second word', async () => {
  const sequencer = halted();
  await sequencer.start();
  await evidence();
  const digest = await proposed();
  await sequencer.stop();
  await database.owner.query(`update audit_doubt set evidence = replace(evidence, '"size":11', '"size":13')`);
  expect(await bo.confirm(digest)).toMatchObject({ code: 'request/conflict' });
  await database.owner.query(`update audit_doubt set evidence = replace(evidence, '"size":13', '"size":11')`);
  expect(await bo.confirm(digest)).toMatchObject({ ok: true });
  await database.owner.query(`update audit_doubt set evidence = replace(evidence, '"size":11', '"size":13')`);
  // One that knows no anchors: it does not overwrite what is known, and finds the order stale.
  const again = sequencerOf(database.sequencer, { keys: keys(), limits });
  await again.start();
  await until(async () => {
    const { rows } = await database.owner.query('select 1 from audit_orders where state = $1', ['refused']);
    return rows.length === 1;
  }, 'the order is refused');
  expect(again.status().state).toBe('halted');
  expect(await readHold(database.app, tenant)).not.toBeNull();
  expect(await proposed()).not.toBe(digest);
  await again.stop();
});

const since = [
  ['is not active any more', 'active = false'],
  ['has not the role any more', "roles = '{auditor}'"],
] as const;

test.each(since)('what somebody proposed who %s is not confirmed', async (_what, change) => {
  const sequencer = halted();
  await sequencer.start();
  await evidence();
  const digest = await proposed();
  await sequencer.stop();
  await database.owner.query(`update people set ${change} where id = $1`, [ada.id]);
  expect(await bo.confirm(digest)).toMatchObject({ ok: false, code: 'request/conflict' });
});

test('the database counts the word of exactly those roles that may order it', async () => {
  await ordered();
  const counting: string[] = [];
  for (const role of roles) {
    await database.owner.query('update people set roles = $2 where id = $1', [ada.id, [role]]);
    const { rows } = await database.sequencer.query<{ stands: boolean }>(
      "select is_audit_ordered($1, 'incarnation', '1') as stands",
      [tenant],
    );
    if (rows[0]?.stands) counting.push(role);
  }
  expect(counting).toEqual(rolesThatMay('audit.repair'));
});

test.each(since)('whoever %s has not ordered it', async (_what, change) => {
  await ordered();
  await database.owner.query(`update people set ${change} where id = $1`, [ada.id]);
  const again = halted();
  await again.start();
  await until(async () => {
    const { rows } = await database.owner.query('select problem from audit_orders where state = $1', [
      'refused',
    ]);
    return /not active/.test(String(rows[0]?.problem));
  }, 'it is refused, and makes room for another order');
  expect(await readHold(database.app, tenant)).not.toBeNull();
  expect((await readNewestLog(database.app, tenant))?.logId).toBe('1');
  await again.stop();
});

describe('a crash', () => {
  test('after the second word, before anything is done: the next start does it', async () => {
    await ordered();
    const ring = keys();
    // Died after the key's file was there and before the transaction: the file is named by nothing.
    ring.create();
    const next = sequencerOf(database.sequencer, { keys: ring, places: [anchorDirectory(root)], limits });
    await next.start();
    await until(() => next.status().state === 'leading', 'it leads the new log');
    await next.stop();
    expect(ring.made).toHaveLength(2);
    expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true });
  });

  test('after the new log has begun, before its first checkpoint: the next start signs it', async () => {
    const digest = await ordered();
    const ring = keys();
    const { beginIncarnation } = await import('../../engine/runtime/audit/begin-incarnation.ts');
    const { mintId } = await import('../../schemas/ids.ts');
    const parts = { database: database.sequencer, tenant, mint: mintId };
    // Two sequencers at once: one log begins.
    const begun = await Promise.allSettled([
      beginIncarnation(parts, digest, ring.create(), null),
      beginIncarnation(parts, digest, ring.create(), null),
    ]);
    const logs = begun.flatMap((each) =>
      each.status === 'fulfilled' && each.value !== null ? [each.value] : [],
    );
    expect(logs).toHaveLength(1);
    const next = sequencerOf(database.sequencer, { keys: ring, places: [anchorDirectory(root)], limits });
    await next.start();
    await next.stop();
    expect(next.errors).toEqual([]);
    const log = await readNewestLog(database.app, tenant);
    expect(log?.logId).toBe(logs[0]);
    expect(existsSync(join(root, encodeURIComponent(log?.origin ?? '')))).toBe(true);
    expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true });
  });
});

test('a sequencer that waited halted takes part again when another one has begun the new log', async () => {
  const ring = keys();
  const open = () => sequencerOf(database.sequencer, { keys: ring, places: [anchorDirectory(root)], limits });
  const [one, two] = [open(), open()];
  await one.start();
  await two.start();
  await evidence();
  expect(await bo.confirm(await proposed())).toMatchObject({ ok: true });
  const states = () =>
    [one, two]
      .map((each) => each.status().state)
      .sort()
      .join(' ');
  await until(() => states() === 'leading standby', 'one leads and the other one stands by');
  await Promise.all([one.stop(), two.stop()]);
});

test('one that knows no anchors neither seals nor signs what another one holds', async () => {
  const blind = sequencerOf(database.sequencer, { keys: keys(), limits });
  await blind.start();
  await record(database, numbered(2, 60));
  await until(async () => ((await readNewestLog(database.app, tenant))?.size ?? 0) === 8, 'it leads');
  const seeing = halted();
  await seeing.start();
  expect(seeing.status().state).toBe('halted');
  const { rows: before } = await database.owner.query('select max(size) as size from audit_checkpoint');
  await record(database, numbered(2, 70));
  await until(() => blind.status().state === 'halted', 'it finds the log held');
  expect(await readNewestLog(database.app, tenant)).toMatchObject({ size: 8 });
  expect((await database.owner.query('select max(size) as size from audit_checkpoint')).rows).toEqual(before);
  // Nor does it begin by itself later.
  const late = sequencerOf(database.sequencer, { keys: keys(), limits });
  await expect(late.flush()).rejects.toMatchObject({ name: 'LogHeld', code: 'audit/fork' });
  await Promise.all([blind.stop(), seeing.stop()]);
});
