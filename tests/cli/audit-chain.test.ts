import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { readDoubt, readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { startApi } from '../api/start-api.ts';
import { tenant } from '../audit/draft-entry.ts';
import { fork } from '../audit/fork-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { orderer } from '../audit/order.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';

/* A stranger gets the newest log with those before it, and follows from one to the next without a server. */

const api = await startApi();
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: (await api.person('ann', ['auditor'])).token };
const folder = await temporaryFolder();
const exported = join(folder, 'log');
const oldKey = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const keys = keysOf(testSigner);
let newKey = '';

async function begin(wish: Parameters<Awaited<ReturnType<typeof orderer>>['propose']>[0]): Promise<void> {
  const [ada, bo] = [await orderer(api.db, 'ada'), await orderer(api.db, 'bo')];
  const proposed = await ada.propose(wish, 'the backup is all there is');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
}

beforeAll(async () => {
  const root = await temporaryFolder();
  await fork(api.db, root);
  const sequencer = sequencerOf(api.db.sequencer, {
    keys,
    places: [anchorDirectory(root)],
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20 },
  });
  await sequencer.start();
  await until(async () => (await readDoubt(api.db.app, tenant)) !== null, 'it is said why');
  await begin({ kind: 'incarnation', oldKey: 'good' });
  await until(() => sequencer.status().state === 'leading', 'the new log is led');
  await record(api.db, numbered(3, 70));
  await until(async () => (await api.db.owner.query('select 1 from audit_pending')).rowCount === 0, 'sealed');
  await sequencer.stop();
  newKey = (await readNewestLog(api.db.app, tenant))?.vkey ?? '';
  expect(await riposte(['audit', 'export', '--out', exported], env)).toMatchObject({ code: 0 });
});

const verify = (at: string, ...args: string[]) => riposte(['audit', 'verify', at, ...args], {});

describe('a chain of logs', () => {
  test('is followed from the new key back: the first entry names the key of the log before', async () => {
    const answer = await verify(exported, '--key', newKey);
    expect(answer).toMatchObject({ code: 0 });
    expect(answer.stdout.match(/verified +\d+ entries/g)).toHaveLength(2);
    expect(answer.stdout).toContain('named by the log after it');
  });

  test('is followed from the old key on: it has signed the first head of the new log', async () => {
    const answer = await verify(exported, '--key', oldKey, '--json');
    expect(answer.code).toBe(0);
    expect(JSON.parse(answer.stdout).links).toMatchObject([
      { by: 'signed by the log before it', verdict: { ok: true } },
      { by: 'given', origin, verdict: { ok: true, entries: 8 } },
    ]);
  });

  test('says which log is named and not at hand', async () => {
    const alone = join(folder, 'alone');
    await cp(exported, alone, { recursive: true });
    await rm(join(alone, 'before'), { recursive: true });
    const answer = await verify(alone, '--key', newKey);
    expect(answer.code).toBe(0);
    expect(answer.stdout).toContain(`${origin}, which is not here`);
  });

  test('with an earlier log that was exchanged for a shorter one does not hold', async () => {
    const odd = join(folder, 'odd');
    await cp(exported, odd, { recursive: true });
    const path = join(odd, 'before', 'entries.jsonl');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(path, `${lines.slice(0, -2).join('\n')}\n`);
    await writeFile(join(odd, 'before', 'checkpoints.jsonl'), '');
    const answer = await verify(odd, '--key', newKey);
    expect(answer.code).toBe(1);
    expect(answer.stdout).toContain('the log after this one names 8 entries');
  });

  test('is a table of one log at a time, which says so', async () => {
    const newest = await riposte(['audit', 'export', '--format', 'csv'], env);
    expect(newest).toMatchObject({ code: 0, stderr: expect.stringContaining('with --log') });
    expect(newest.stdout).toContain('entry 70');
    const first = await riposte(['audit', 'export', '--format', 'csv', '--log', '1'], env);
    expect(first).toMatchObject({ code: 0, stderr: '8 entries\n' });
    expect(first.stdout).not.toContain('entry 70');
  });

  test('one log of it is exported and verified by itself', async () => {
    const first = join(folder, 'first');
    expect(await riposte(['audit', 'export', '--log', '1', '--out', first], env)).toMatchObject({ code: 0 });
    expect(await verify(first, '--key', oldKey)).toMatchObject({ code: 0 });
  });
});

test('a key that was given up vouches for nothing: the new one has to be given', async () => {
  const sequencer = sequencerOf(api.db.sequencer, { keys, limits: { checkpointMs: 0, pollMs: 10 } });
  await sequencer.start();
  await begin({ kind: 'incarnation', oldKey: 'lost' });
  await until(
    async () => (await readNewestLog(api.db.app, tenant))?.incarnation === 3,
    'a new log has begun, though nothing was held',
  );
  await record(api.db, numbered(3, 90));
  await until(async () => (await api.db.owner.query('select 1 from audit_pending')).rowCount === 0, 'sealed');
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
  const third = join(folder, 'third');
  expect(await riposte(['audit', 'export', '--out', third], env)).toMatchObject({ code: 0 });
  const fromOld = await verify(third, '--key', oldKey);
  expect(fromOld.code).toBe(1);
  expect(fromOld.stdout).toContain('nothing vouches for its key');
  const thirdKey = (await readNewestLog(api.db.app, tenant))?.vkey ?? '';
  const fromBoth = await verify(third, '--key', thirdKey, '--key', oldKey);
  expect(fromBoth.code).toBe(0);
  expect(fromBoth.stdout.match(/verified +\d+ entries/g)).toHaveLength(3);
});
