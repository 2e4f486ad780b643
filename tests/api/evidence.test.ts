import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { findEvidence } from '../../api/evidence/find-evidence.ts';
import { streamEvidence } from '../../api/evidence/stream-evidence.ts';
import { tarEnd, tarHead, tarPadding } from '../../engine/core/audit/tar.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { createReadingLedger } from '../../engine/runtime/note-reading.ts';
import type { IncidentId, RunId } from '../../schemas/ids.ts';
import { mintId } from '../../schemas/ids.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { numbered, origin, record, sequencerOf, testSigner } from '../audit/open-log.ts';
import { truncateTexts } from '../audit/truncate-texts.ts';
import { riposte } from '../cli/start-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { seedWaitingRun } from './seed.ts';
import { type Api, startApi } from './start-api.ts';

/* Evidence over HTTP: the same files as on the command line, for whoever may read the log, and that is an entry. */

const run = promisify(execFile);
const api: Api = await startApi({
  noteReading: (...reading) => createReadingLedger(api.db.app, tenant, mintId)(...reading),
});
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const ada = await api.person('ada', ['auditor']);
const vic = await api.person('vic', ['viewer']);
const folder = await temporaryFolder();
const seeded = await seedWaitingRun(api.db.owner);
const silent = await seedWaitingRun(api.db.owner, { title: 'Not a word' });
const sequencer = sequencerOf(api.db.sequencer);
const incident = `/v1/incidents/${seeded.incidentId}/evidence`;
const ofRun = `/v1/runs/${seeded.runId}/evidence`;

await record(api.db, [
  ...numbered(3),
  draft({ type: 'incident.created', incidentId: seeded.incidentId as IncidentId }),
  draft({ type: 'run.started', runId: seeded.runId as RunId, reason: '=cmd' }),
  draft({ type: 'run.finished', runId: seeded.runId as RunId }),
]);
await sequencer.flush();

const reads = async () =>
  (await api.entries()).filter(({ type }) => type === 'audit.read').map(({ entry }) => entry);

async function take(path: string, name: string): Promise<string> {
  const response = await fetch(api.url + path, { headers: { authorization: `Bearer ${ada.token}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-tar');
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="evidence-\w+[\w-]*\.tar"$/,
  );
  const at = join(folder, name);
  await mkdir(at);
  await writeFile(join(at, 'it.tar'), Buffer.from(await response.arrayBuffer()));
  // A program that is none of ours.
  await run('tar', ['-xf', 'it.tar', '--strip-components=1'], { cwd: at });
  return at;
}

async function filesOf(at: string): Promise<Record<string, string>> {
  const names = await readdir(at, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile() && each.name !== 'it.tar');
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(at.length), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries((await Promise.all(read)).toSorted(([a], [b]) => a.localeCompare(b)));
}

describe('what is taken', () => {
  test.each([
    ['incident', incident, 3],
    ['run', ofRun, 2],
  ])(
    'of the %s: a stranger unpacks and checks it, and it is what the command line writes',
    async (kind, path, count) => {
      const at = await take(path, `of-${kind}`);
      const { stdout } = await run('node', [join(at, 'verify-bundle.ts'), key]);
      expect(stdout).toContain(`${count} entries hold.`);
      expect(JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8'))).toMatchObject({
        [kind]: kind === 'run' ? seeded.runId : seeded.incidentId,
        withoutText: [],
      });
      expect(await readFile(join(at, 'entries.csv'), 'utf8')).toContain(`"'=cmd"`);
      const written = join(folder, `by-cli-${kind}`);
      const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: ada.token };
      const id = kind === 'run' ? seeded.runId : seeded.incidentId;
      const answer = await riposte(['audit', 'bundle', `--${kind}`, id, '--out', written], env);
      expect(answer).toMatchObject({ stderr: expect.stringContaining('Verify it anywhere'), code: 0 });
      expect(await filesOf(written)).toEqual(await filesOf(at));
    },
  );

  test('a folder of the log before keeps its place in an archive, however deep', () => {
    const deep = `evidence-inc_1/${'before/'.repeat(16)}proofs/4711.tlog-proof`;
    expect(deep.length).toBeGreaterThan(100);
    const head = tarHead({ name: deep, bytes: 5 }, 1);
    expect(head).toHaveLength(512);
    expect(Buffer.from(head).toString('latin1', 345, 345 + 20)).toBe('evidence-inc_1/befor');
  });
});

describe('who takes it', () => {
  test('whoever may not read the log takes nothing, and what is not there is not found', async () => {
    for (const path of [incident, ofRun]) {
      const { status, body } = await api.call('GET', path, { token: vic.token });
      expect([status, body.code]).toEqual([403, 'auth/forbidden']);
      const none = await api.call('GET', path.replace(/_.+\//, '_none/'), { token: ada.token });
      expect([none.status, none.body.code]).toEqual([404, 'request/not-found']);
    }
  });

  test('that somebody took it is an entry about it, once an hour for each', async () => {
    await api.db.owner.query('delete from audit_reading');
    const before = (await reads()).length;
    for (const path of [incident, incident, ofRun]) await api.call('GET', path, { token: ada.token });
    const taken = (await reads()).slice(before);
    expect(taken).toHaveLength(2);
    expect(taken[0]).toMatchObject({
      ...{ actor: { id: ada.person.id, channel: 'api' }, incidentId: seeded.incidentId },
      data: { first: 'evidence' },
    });
    expect(taken[1]).toMatchObject({ runId: seeded.runId });
  });

  test('where nothing can be proved nothing is sent, it is said why, and nobody took anything', async () => {
    const before = (await reads()).length;
    const { status, body } = await api.call('GET', `/v1/incidents/${silent.incidentId}/evidence`, {
      token: ada.token,
    });
    expect([status, body.code]).toEqual([409, 'request/conflict']);
    expect(body.detail).toBe(`No sealed entry is about incident ${silent.incidentId} yet.`);
    expect(await reads()).toHaveLength(before);
  });
});

describe('as it is sent', () => {
  const subject = { kind: 'run', id: seeded.runId } as const;

  test('nothing is read that nobody has taken yet', async () => {
    let proofs = 0;
    const read = {
      ...api.read,
      proveInclusion: (...asked: Parameters<typeof api.read.proveInclusion>) => {
        proofs += 1;
        return api.read.proveInclusion(...asked);
      },
    };
    const found = await findEvidence(read, tenant, subject);
    if (!found.ok) throw new Error(found.why);
    const pieces = streamEvidence(read, tenant, subject, { logs: found.logs, artifacts: [] }, 0);
    for (let n = 0; n < 3; n += 1) await pieces.next();
    expect(proofs).toBe(1);
    await pieces.return();
  });

  test('a text that retention takes meanwhile breaks it off', async () => {
    const past = await seedWaitingRun(api.db.owner);
    await record(api.db, [
      draft({ type: 'run.started', runId: past.runId as RunId }),
      ...numbered(300),
      draft({ type: 'run.finished', runId: past.runId as RunId }),
    ]);
    await sequencer.flush();
    const about = { kind: 'run', id: past.runId } as const;
    const found = await findEvidence(api.read, tenant, about);
    if (!found.ok) throw new Error(found.why);
    await truncateTexts(api.db, 256);
    const all = async () => {
      for await (const _ of streamEvidence(api.read, tenant, about, { logs: found.logs, artifacts: [] }, 0));
    };
    await expect(all()).rejects.toThrow('texts of entries went');
  });
});

describe('on the command line', () => {
  const entry = (name: string, text: string) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([tarHead({ name, bytes: bytes.length }, 0), bytes, tarPadding(bytes.length)]);
  };
  const good = entry('evidence-x/key', 'a+b+c\n');
  test.each([
    ['ends early', good],
    ['breaks off in a file', good.subarray(0, 515)],
    ['is none', Buffer.from('<html>'.repeat(200))],
    ['leads out of its folder', Buffer.concat([entry('evidence-x/../../key', 'x'), tarEnd])],
    ['names an absolute place', Buffer.concat([entry('/etc/passwd', 'x'), tarEnd])],
    ['has a file twice', Buffer.concat([good, good, tarEnd])],
    ['has no manifest', Buffer.concat([good, tarEnd])],
    [
      'has a manifest that is none',
      Buffer.concat([entry('evidence-x/manifest.json', '{"log":"1"}'), tarEnd]),
    ],
    ['has a manifest that is no JSON', Buffer.concat([entry('evidence-x/manifest.json', 'x'), tarEnd])],
    ['has a file that no evidence has', Buffer.concat([entry('evidence-x/run-me.sh', 'x'), tarEnd])],
  ])('an archive that %s leaves nothing behind', async (what, bytes) => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-tar' });
      response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => server.close());
    const env = {
      RIPOSTE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      RIPOSTE_TOKEN: 'rip_x',
    };
    const before = await readdir(folder);
    const out = join(folder, what.replaceAll(' ', '-'));
    const answer = await riposte(['audit', 'bundle', '--run', 'run_1', '--out', out], env);
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain('did not send the whole evidence');
    expect(await readdir(folder)).toEqual(before);
  });

  test('it is about one thing', async () => {
    const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: ada.token };
    for (const about of [[], ['--run', 'run_1', '--incident', 'inc_1']])
      expect(await riposte(['audit', 'bundle', ...about, '--out', join(folder, 'none')], env)).toMatchObject({
        code: 2,
      });
  });
});
