import { createHash } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type FoundArtifact, findArtifacts } from '../../api/evidence/find-artifacts.ts';
import { findEvidence } from '../../api/evidence/find-evidence.ts';
import { streamEvidence } from '../../api/evidence/stream-evidence.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { RunId } from '../../schemas/ids.ts';
import { mintId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { origin, record, sequencerOf, testSigner } from '../audit/open-log.ts';
import { actionStep, planOf } from '../decide/build-plan.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';
import { stranger } from './stranger.ts';

/* What targets answered and no step holds goes along with the evidence, and is held against the entry that names it. */

const api = await startApi();
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: (await api.person('ada', ['auditor'])).token };
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await temporaryFolder();
const bundle = join(folder, 'bundle');
const seeded = await seedWaitingRun(api.db.owner);
const subject = { kind: 'run', id: seeded.runId } as const;

const answers = [{ machines: ['DB-1'], '=cmd': '\u202e' }, { machines: ['DB-2', 'DB-3'] }];
const bodies = answers.map((answer) => Buffer.from(JSON.stringify(answer)));
const digests = bodies.map((body) => `sha256:${createHash('sha256').update(body).digest('hex')}`);
const [named = '', silent = ''] = [mintId('ArtifactId'), mintId('ArtifactId')];
const files = [`artifacts/${named}.json`, `artifacts/${silent}.json`];

beforeAll(async () => {
  for (const [at, id] of [named, silent].entries())
    await api.db.owner.query(
      `insert into artifacts (tenant_id, id, run_id, path, attempt_id, sha256, size, body)
       values ($1, $2, $3, 'run/search', 'att_1', $4, $5, $6)`,
      [tenant, id, seeded.runId, digests[at], bodies[at]?.length, bodies[at]],
    );
  await record(api.db, [
    draft({
      type: 'action.succeeded',
      runId: seeded.runId as RunId,
      data: { changed: true, artifact: { id: named, sha256: digests[0] ?? '' } },
    }),
  ]);
  await sequencerOf(api.db.sequencer).flush();
  const written = await riposte(['audit', 'bundle', '--incident', seeded.incidentId, '--out', bundle], env);
  expect(written).toMatchObject({ code: 0, stdout: expect.stringMatching(/artifacts +2\n/) });
});

async function copyOf(name: string): Promise<string> {
  const copy = join(folder, name);
  await cp(bundle, copy, { recursive: true });
  return copy;
}

const manifestOf = async (at: string) => JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8'));

describe('the artifacts of an incident', () => {
  test('are in its bundle byte for byte, and its manifest says which digests they have', async () => {
    expect((await manifestOf(bundle)).artifacts).toMatchObject([
      {
        id: named,
        run: seeded.runId,
        step: 'run/search',
        sha256: digests[0],
        file: files[0],
        digest: digests[0],
      },
      { id: silent, sha256: digests[1], file: files[1], why: null },
    ]);
    for (const [at, file] of files.entries()) expect(await readFile(join(bundle, file))).toEqual(bodies[at]);
    expect(await readFile(join(bundle, 'README.md'), 'utf8')).toContain('has 2 of 2 answers');
  });

  test('are checked with Node alone: which of them an entry vouches for', async () => {
    const { code, stdout } = await stranger(bundle, key);
    expect(stdout).toContain(`${files[0]}  an entry names it\n`);
    expect(stdout).toContain(`${files[1]}  no entry names it, only the manifest\n`);
    expect(code).toBe(0);
    const ours = await riposte(['audit', 'verify', bundle, '--key', key, '--json'], {});
    expect(JSON.parse(ours.stdout)).toMatchObject({
      artifacts: [
        { file: files[0], known: 'an entry names it', fault: null },
        { file: files[1], fault: null },
      ],
    });
  });

  test('vouched for are those alone whose entry holds', async () => {
    const { stdout } = await stranger(
      bundle,
      'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    );
    expect(stdout).toContain(`${files[0]}  no entry names it`);
  });

  const first = files[0] ?? '';
  test.each<[string, string, (at: string) => Promise<unknown>]>([
    ['was changed', 'it is not what the manifest says', (at) => writeFile(join(at, first), '{}')],
    ['was removed', 'the manifest names it and it is not here', (at) => rm(join(at, first))],
    [
      'was changed in the manifest as well',
      'it is not what came',
      async (at) => {
        const manifest = await manifestOf(at);
        manifest.artifacts[0].digest = `sha256:${createHash('sha256').update('{}').digest('hex')}`;
        await writeFile(join(at, 'manifest.json'), JSON.stringify(manifest));
        await writeFile(join(at, first), '{}');
      },
    ],
  ])('one that %s does not hold', async (what, fault, spoil) => {
    const copy = await copyOf(what.replaceAll(' ', '-'));
    await spoil(copy);
    expect(await stranger(copy, key)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${first}  NO: ${fault}`),
    });
    expect(await riposte(['audit', 'verify', copy, '--key', key], {})).toMatchObject({ code: 1 });
  });

  test('one that nobody promised, and a list that leads elsewhere, do not hold', async () => {
    const more = await copyOf('more');
    await writeFile(join(more, 'artifacts', 'art_more.json'), '{}');
    expect((await stranger(more, key)).stdout).toContain(
      'artifacts/art_more.json  NO: the manifest does not name it',
    );
    const outside = await copyOf('outside');
    const manifest = await manifestOf(outside);
    manifest.artifacts[0].file = '../../secrets.json';
    await writeFile(join(outside, 'manifest.json'), JSON.stringify(manifest));
    expect(await stranger(outside, key)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('NO: its list of artifacts is damaged'),
    });
  });
});

/** The manifest and the names of what is sent. */
async function sent(mayRead: boolean, bytesAtMost?: number, others?: FoundArtifact[]) {
  const found = await findEvidence(api.read, tenant, subject);
  if (!found.ok) throw new Error(found.why);
  const artifacts = others ?? (await findArtifacts(api.read, tenant, subject, mayRead, bytesAtMost));
  const pieces: Uint8Array[] = [];
  for await (const piece of streamEvidence(api.read, tenant, subject, { logs: found.logs, artifacts }, 0))
    pieces.push(piece);
  const text = Buffer.concat(pieces).toString('latin1');
  const [from, to] = [text.indexOf('{\n  "schemaVersion"'), text.indexOf('\n}\n')];
  const manifest = JSON.parse(text.slice(from, to + 2));
  return { text, artifacts: manifest.artifacts };
}

describe('what is left out is named with its digest, and why', () => {
  test('all of them for whoever may not see values', async () => {
    const { text, artifacts } = await sent(false);
    expect(text).not.toContain('DB-1');
    const why = 'whoever took the bundle may not see what targets answered';
    expect(artifacts).toMatchObject([
      { id: named, sha256: digests[0], size: bodies[0]?.length, file: null, digest: null, why },
      { id: silent, sha256: digests[1], file: null, why },
    ]);
  });

  test('those for which there is no place', async () => {
    const { artifacts } = await sent(true, bodies[0]?.length);
    expect(artifacts[0]).toMatchObject({ file: files[0], why: null });
    expect(artifacts[1]).toMatchObject({
      file: null,
      why: expect.stringContaining('this one is on the server'),
    });
  });

  test('those that retention took meanwhile', async () => {
    const gone = {
      id: mintId('ArtifactId'),
      run: seeded.runId,
      step: 'run/search',
      attempt: 'att_1',
      size: 1,
    };
    const item = { ...gone, sha256: digests[0] ?? '', createdAt: '' };
    const { artifacts } = await sent(true, undefined, [{ item, leftOut: null }]);
    expect(artifacts[0]).toMatchObject({ file: null, why: 'it went while the bundle was being sent' });
  });
});

test('what the playbook hides is hidden in the bundle, which says so and still holds', async () => {
  const plan = planOf([actionStep('search', { mask: ['machines'] })]);
  await api.db.owner.query('update playbook_versions set plan = $1', [JSON.stringify(plan)]);
  const at = join(folder, 'masked');
  expect(await riposte(['audit', 'bundle', '--run', seeded.runId, '--out', at], env)).toMatchObject({
    code: 0,
  });
  const hidden = await readFile(join(at, files[1] ?? ''));
  expect(hidden.toString()).toBe('{"machines":["[masked]","[masked]"]}');
  const why = 'the playbook hides a part of it with `mask`';
  const digest = `sha256:${createHash('sha256').update(hidden).digest('hex')}`;
  expect((await manifestOf(at)).artifacts[1]).toMatchObject({
    sha256: digests[1],
    file: files[1],
    digest,
    why,
  });
  expect(await stranger(at, key)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${files[1]}  not all of ${digests[1]}: ${why}`),
  });
});
