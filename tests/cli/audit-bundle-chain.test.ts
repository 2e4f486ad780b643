import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import type { IncidentId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { orderer } from '../audit/order.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';

/*
 * Evidence of an incident that began before a new log did: three logs, of which the first and the last say
 * something about it. Each comes with its own head, and the newest key is enough.
 */

const api = await startApi();
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: (await api.person('ann', ['auditor'])).token };
const folder = await temporaryFolder();
const bundle = join(folder, 'bundle');
const oldKey = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const keys = keysOf(testSigner);
let newest: { origin: string; key: string } = { origin: '', key: '' };

beforeAll(async () => {
  const { incidentId } = await seedWaitingRun(api.db.owner);
  const about = (reason: string) =>
    draft({ type: 'incident.created', incidentId: incidentId as IncidentId, reason });
  const sequencer = sequencerOf(api.db.sequencer, { keys, limits: { checkpointMs: 0, pollMs: 10 } });
  await record(api.db, [...numbered(5), about('in the first log')]);
  await sequencer.start();
  const [ada, bo] = [await orderer(api.db, 'ada'), await orderer(api.db, 'bo')];
  for (const incarnation of [2, 3]) {
    const proposed = await ada.propose(
      { kind: 'incarnation', oldKey: 'lost' },
      'the key was on a stolen disk',
    );
    if (!proposed.ok) throw new Error(proposed.detail);
    await bo.confirm(proposed.digest);
    await until(
      async () => (await readNewestLog(api.db.app, tenant))?.incarnation === incarnation,
      `log ${incarnation} has begun`,
    );
    // One that ends before its first head proves nothing, and nobody could follow over it.
    await until(async () => {
      const { rows } = await api.db.owner.query<{ signed: number }>(
        'select count(distinct log_id)::int as signed from audit_checkpoint',
      );
      return rows[0]?.signed === incarnation;
    }, `log ${incarnation} is signed`);
  }
  await record(api.db, [...numbered(3), about('in the last log')]);
  await until(async () => (await api.db.owner.query('select 1 from audit_pending')).rowCount === 0, 'sealed');
  await sequencer.stop();
  const log = await readNewestLog(api.db.app, tenant);
  newest = { origin: log?.origin ?? '', key: log?.vkey ?? '' };
  const written = await riposte(['audit', 'bundle', '--incident', incidentId, '--out', bundle], env);
  expect(written).toMatchObject({ code: 0 });
});

const verify = (at: string, ...args: string[]) => riposte(['audit', 'verify', at, ...args], {});

test('the newest key reaches every log, and each is named with what it says', async () => {
  const answer = await verify(bundle, '--key', newest.key);
  expect(answer).toMatchObject({ code: 0 });
  expect(answer.stdout).toMatch(new RegExp(`log +${newest.origin}\\n`));
  expect(answer.stdout).toMatch(new RegExp(`log +${origin}\\n`));
  expect(answer.stdout.match(/^verified/gm)).toHaveLength(3);
  expect(answer.stdout).toContain('in the first log');
  expect(answer.stdout).toContain('in the last log');
  const table = await readFile(join(bundle, 'entries.csv'), 'utf8');
  expect(table.indexOf('in the first log')).toBeLessThan(table.indexOf('in the last log'));
});

test('a stranger does the same with Node and the folder alone', async () => {
  const node = join(import.meta.dirname, '../../node_modules/.bin/node');
  const said = await new Promise<string>((resolve, reject) => {
    execFile(
      node,
      [join(bundle, 'verify-bundle.ts'), newest.key],
      { cwd: tmpdir(), env: {} },
      (error, out) => (error === null ? resolve(out) : reject(error)),
    );
  });
  expect(said).toContain(`log ${origin}, key named by the log after it`);
  expect(said).toMatch(/entries hold\.\n$/);
});

test('the key of the first log alone proves the first log, and says so of the others', async () => {
  const answer = await verify(bundle, '--key', oldKey);
  expect(answer.code).toBe(1);
  expect(answer.stdout).toContain('nothing vouches for it');
  expect(answer.stdout).toContain('in the first log');
  expect(answer.stdout).not.toContain('in the last log');
});

test('a closed log whose entry was changed, or that another head was put over, does not hold', async () => {
  const odd = join(folder, 'odd');
  await cp(bundle, odd, { recursive: true });
  const first = join(odd, 'before', 'before');
  const file = (await readdir(join(first, 'proofs'))).find((name) => name !== '0.tlog-proof') ?? '';
  const path = join(first, 'proofs', file);
  const text = await readFile(path, 'utf8');
  const [, extra = ''] = /^extra (\S+)$/m.exec(text) ?? [];
  const other = Buffer.from(extra, 'base64').toString('utf8').replace('first', 'worst');
  await writeFile(path, text.replace(extra, Buffer.from(other).toString('base64')));
  const changed = await verify(odd, '--key', newest.key);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain(`${file}  NO:`);

  const cut = join(folder, 'cut');
  await cp(bundle, cut, { recursive: true });
  await rm(join(cut, 'before', 'proofs', '0.tlog-proof'));
  const unnamed = await verify(cut, '--key', newest.key);
  expect(unnamed.code).toBe(1);
  expect(unnamed.stdout).toContain('nothing vouches for the key of its log');
});
