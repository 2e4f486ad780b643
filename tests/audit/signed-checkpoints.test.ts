import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseCheckpoint } from '../../engine/core/audit/checkpoint.ts';
import { verifyNote } from '../../engine/core/audit/signed-note.ts';
import { formatVerifierKey, parseVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { AuditAlarm } from '../../engine/runtime/audit/alarm.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { openSigningKey, signerOf } from '../../engine/runtime/audit/signing-key.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { keysOf, numbered, origin, record, sequencerOf, tamper, testSigner } from './open-log.ts';

const database = await useDatabase();
const ownKey = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const thief = signerOf(new Uint8Array(32).fill(9));

async function filledLog(count: number): Promise<void> {
  await record(database, numbered(count));
  await sequencerOf(database.sequencer).flush();
}

async function kept(): Promise<{ size: number; note: string }[]> {
  const { rows } = await database.owner.query<{ size: number; note: string }>(
    'select size, note from audit_checkpoint where tenant_id = $1 order by size',
    [tenant],
  );
  return rows;
}

it('every checkpoint is a note that a stranger verifies with the key alone', async () => {
  await filledLog(3);
  const key = parseVerifierKey(ownKey);
  expect(key).not.toBeNull();
  const checkpoints = await kept();
  expect(checkpoints.length).toBeGreaterThan(0);
  for (const { size, note } of checkpoints) {
    const verdict = verifyNote(note, key === null ? [] : [key]);
    expect(verdict.ok).toBe(true);
    if (verdict.ok) expect(parseCheckpoint(verdict.note.text)).toMatchObject({ origin, size });
  }
  expect(await verifyAudit(database.app, tenant, { vkey: ownKey })).toMatchObject({ ok: true });
});

it('the log keeps its key: a sequencer with another one does not lead', async () => {
  await filledLog(1);
  const other = sequencerOf(database.sequencer, { keys: keysOf(thief) });
  await expect(other.flush()).rejects.toThrow(AuditAlarm);
  expect(other.status().state).toBe('halted');
  await record(database, numbered(1, 50));
  expect(await sequencerOf(database.sequencer).flush()).toBe(1);
});

it('a checkpoint that somebody else signed is named, also when the database calls his key the right one', async () => {
  await filledLog(2);
  const last = (await kept()).at(-1);
  const root = parseCheckpoint(`${(last?.note ?? '').split('\n\n')[0]}\n`)?.root;
  if (last === undefined || root === undefined) throw new Error('there is no checkpoint to forge');
  const forged = signCheckpoint(origin, { size: last.size, root }, thief);
  await tamper(database, 'update audit_checkpoint set note = $1 where size = $2', [forged, last.size]);
  const believing = await verifyAudit(database.app, tenant);
  expect(believing.problems).toMatchObject([{ code: 'audit/bad-signature', what: 'checkpoint-signature' }]);
  const thiefsKey = formatVerifierKey(verifierKey(origin, thief.publicKey));
  await tamper(database, 'update audit_log_meta set vkey = $1', [thiefsKey]);
  const knowing = await verifyAudit(database.app, tenant, { vkey: ownKey });
  expect(knowing.ok).toBe(false);
  expect(knowing.problems.some((each) => each.what === 'checkpoint-signature')).toBe(true);
  await tamper(database, 'update audit_log_meta set vkey = $1', [ownKey]);
  await tamper(database, 'update audit_checkpoint set note = $1 where size = $2', [last.note, last.size]);
});

it('a checkpoint without its signature is named', async () => {
  await filledLog(1);
  const last = (await kept()).at(-1);
  await tamper(database, 'update audit_checkpoint set note = null where size = $1', [last?.size]);
  expect((await verifyAudit(database.app, tenant)).problems).toMatchObject([{ what: 'checkpoint-unsigned' }]);
  await tamper(database, 'update audit_checkpoint set note = $1 where size = $2', [last?.note, last?.size]);
});

it('the key file is made once, for its owner only, and a second start signs with the same key', async () => {
  const path = join(await temporaryFolder(), 'deeper', 'audit-key');
  const first = openSigningKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(Buffer.from(openSigningKey(path).publicKey)).toEqual(Buffer.from(first.publicKey));
  const before = readFileSync(path, 'utf8');
  chmodSync(path, 0o644);
  expect(() => openSigningKey(path)).toThrow(StartError);
  chmodSync(path, 0o600);
  writeFileSync(path, 'c2hvcnQ=\n');
  expect(() => openSigningKey(path)).toThrow(/no audit key/);
  writeFileSync(path, before);
  expect(existsSync(path)).toBe(true);
});
