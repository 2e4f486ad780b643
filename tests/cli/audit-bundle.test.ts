import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { AlertId, IncidentId, RunId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { draft } from '../audit/draft-entry.ts';
import { numbered, origin, record, sequencerOf, testSigner } from '../audit/open-log.ts';
import { riposte } from './start-cli.ts';
import { stranger } from './stranger.ts';

const api = await startApi();
const auditor = (await api.person('ada', ['auditor'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: auditor };
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await mkdtemp(join(tmpdir(), 'riposte-bundle-'));
const bundle = join(folder, 'bundle');
let incident = '';
afterAll(() => rm(folder, { recursive: true }));

async function copyOf(name: string): Promise<string> {
  const copy = join(folder, name);
  await cp(bundle, copy, { recursive: true });
  return copy;
}

beforeAll(async () => {
  const seeded = await seedWaitingRun(api.db.owner);
  const other = await seedWaitingRun(api.db.owner, { title: 'Something else' });
  incident = seeded.incidentId;
  await record(api.db, [
    ...numbered(20),
    draft({ type: 'incident.created', incidentId: incident as IncidentId }),
    draft({ type: 'alert.duplicate', alertId: seeded.alertId as AlertId, reason: '=cmd' }),
    draft({ type: 'run.started', runId: seeded.runId as RunId }),
    draft({ type: 'run.started', runId: other.runId as RunId, reason: 'another one' }),
  ]);
  await sequencerOf(api.db.sequencer).flush();
  const answer = await riposte(['audit', 'bundle', '--incident', incident, '--out', bundle], env);
  expect(answer).toMatchObject({ code: 0 });
  expect(answer.stdout).toMatch(/entries +3\n/);
});

describe('the evidence of an incident', () => {
  test('has the entries of the incident, its alerts and its runs, and no other', async () => {
    expect(await readdir(join(bundle, 'proofs'))).toHaveLength(3);
    const table = await readFile(join(bundle, 'entries.csv'), 'utf8');
    for (const type of ['incident.created', 'alert.duplicate', 'run.started'])
      expect(table).toContain(`"${type}"`);
    expect(table).not.toContain('another one');
    expect(table).toContain(`"'=cmd"`);
  });

  test('verifies with Node and the key alone, and shows each entry', async () => {
    const { code, stdout } = await stranger(bundle, key);
    expect(stdout).toMatch(/3 entries hold\.\n$/);
    expect(stdout).toContain('"type":"incident.created"');
    expect(code).toBe(0);
  });

  test('does not verify with another key, and without one says how', async () => {
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    expect((await stranger(bundle, other)).code).toBe(1);
    expect((await stranger(bundle)).code).toBe(2);
    expect((await stranger(bundle, 'nonsense')).code).toBe(2);
  });

  test('does not verify when an entry was changed, renamed, removed, or put under another head', async () => {
    const [first = '', second = ''] = await readdir(join(bundle, 'proofs'));
    const changed = await copyOf('changed');
    const path = join(changed, 'proofs', first);
    const text = await readFile(path, 'utf8');
    const [, extra = ''] = /^extra (\S+)$/m.exec(text) ?? [];
    const entry = Buffer.from(extra, 'base64').toString('utf8').replace('default', 'defaulT');
    await writeFile(path, text.replace(extra, Buffer.from(entry).toString('base64')));
    expect(await stranger(changed, key)).toMatchObject({ code: 1, stdout: expect.stringContaining('NO:') });

    const renamed = await copyOf('renamed');
    await cp(join(renamed, 'proofs', first), join(renamed, 'proofs', second));
    expect((await stranger(renamed, key)).stdout).toContain(`NO: it is the proof of entry`);

    const removed = await copyOf('removed');
    await rm(join(removed, 'proofs', first));
    expect((await stranger(removed, key)).stdout).toContain(`${first}  NO: the manifest names it`);

    for (const what of ['proofs', 'checkpoint', 'manifest.json']) {
      const bare = await copyOf(`without-${what}`);
      await rm(join(bare, what), { recursive: true });
      const said = await stranger(bare, key);
      expect(said).toMatchObject({ code: 1, stdout: expect.stringContaining('NO:') });
      expect(said.stdout).toContain('It does not hold.');
      const ours = await riposte(['audit', 'verify', bare, '--key', key], {});
      expect(ours).toMatchObject({ code: 1, stderr: 'The bundle does not hold. Keep the evidence.\n' });
    }

    const moved = await copyOf('moved');
    await writeFile(join(moved, 'checkpoint'), 'another\n');
    expect((await stranger(moved, key)).code).toBe(1);
  });

  test('is not written over another one, nor for an incident that nobody knows or wrote about', async () => {
    const write = (id: string, out: string) =>
      riposte(['audit', 'bundle', '--incident', id, '--out', out], env);
    expect(await write(incident, bundle)).toMatchObject({ code: 2 });
    expect(await write('inc_none', join(folder, 'none'))).toMatchObject({ code: 1 });
    const silent = await seedWaitingRun(api.db.owner, { title: 'Not a word' });
    expect(await write(silent.incidentId, join(folder, 'none'))).toMatchObject({ code: 1 });
    expect(await readdir(folder)).not.toContain('none');
  });
});
