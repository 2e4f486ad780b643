import { beforeEach, describe, expect, it } from 'vitest';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { exportedNotes, exportedRows } from '../audit/grown-log.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { noRight, refused } from '../support/refused.ts';

/* T28: an insider removes what shows them and calls it retention. They own the database, not the log's key. */

const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));

let database: TestDatabase;
beforeEach(async () => {
  database = await useDatabase();
  await record(database, numbered(600));
  await sequencerOf(database.sequencer).flush();
});

async function found() {
  const rows = await exportedRows(database);
  const checkpoints = await exportedNotes(database);
  const stranger = verifyExport({ entries: () => rows, checkpoints, key, trusted: [] });
  return { here: await verifyAudit(database.app, tenant, { vkey: key }), stranger };
}

/** Well formed and sealed, as whoever has the application's password can have it. */
async function claimRetention(to: number): Promise<void> {
  const { root } = await verifyAudit(database.app, tenant);
  const signature = Buffer.alloc(64, 1).toString('base64');
  const data = {
    log: '1',
    from: 0,
    to,
    root,
    archive: `sha256:${'a'.repeat(64)}`,
    retention_days: 400,
    signature,
  };
  await record(database, [draft({ type: 'audit.truncated', data })]);
  await sequencerOf(database.sequencer).flush();
}

it('no role has the right to, and the owner is refused without the order of two people', async () => {
  const clear = 'update audit_log set entry = null where idx = 7';
  for (const role of [database.app, database.sequencer])
    expect(await refused(role.query(clear))).toBe(noRight);
  expect(await refused(database.owner.query(clear))).toBe(noRight);
  const raise = 'update audit_log_meta set min_index = 256';
  for (const role of [database.sequencer, database.owner])
    expect(await refused(role.query(raise))).toBe(noRight);
  expect(await refused(database.owner.query('delete from audit_log where idx < 256'))).toBe(noRight);
  expect(await refused(database.owner.query('delete from audit_tile'))).toBe(noRight);
});

describe('an insider who gets around that', () => {
  it('and removes texts is named to the entry', async () => {
    await tamper(database, 'update audit_log set entry = null where idx = 300');
    await tamper(database, 'update audit_log_meta set min_index = 512');
    const { here, stranger } = await found();
    expect(here).toMatchObject({ ok: false, firstBadIndex: 300, problems: [{ what: 'entry-missing' }] });
    expect(stranger.findings).toMatchObject([{ kind: 'integrity', index: 300, before: 301 }]);
  });

  it('and removes rows is named as well', async () => {
    await tamper(database, 'delete from audit_log where idx >= 100 and idx < 103');
    await tamper(database, 'update audit_log_meta set min_index = 256');
    const { here, stranger } = await found();
    expect(here).toMatchObject({ ok: false, firstBadIndex: 100 });
    expect(stranger.findings[0]).toMatchObject({ kind: 'integrity', index: 100, before: 103 });
  });

  it('and has the log say that it was retention is found out: the log’s key has not signed that', async () => {
    await claimRetention(256);
    await tamper(database, "update audit_log set entry = null where idx < 256 and type <> 'log.started'");
    await tamper(database, 'update audit_log_meta set min_index = 256');
    const { here, stranger } = await found();
    expect(here).toMatchObject({ ok: false, firstBadIndex: 1, prunedBelow: 0 });
    expect(stranger.ok).toBe(false);
    expect(stranger.findings.map(({ message }) => message).join('; ')).toMatch(
      /has not signed.*texts of entries 1 to 255 are gone/,
    );
  });
});
