import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import diffSchema from '../../schemas/plan-diff.schema.json' with { type: 'json' };
import { lookUp, playbookWith } from '../compile/compile.ts';
import { compiledBefore, type SeededVersion, seedVersions } from './seed-versions.ts';
import { startApi } from './start-api.ts';

/* What was published can be read as it was, and two of it compared by meaning. */

const api = await startApi();
let viewer = '';
let seeded: SeededVersion[] = [];

const isolate = (more: string) => `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", comment: "Ä < 1" }
    ${more}
`;
const gated = isolate('approval: { approvers: ["group:soc"] }\n    lease: { for: 1d }');
const sources = [
  playbookWith(lookUp),
  playbookWith(lookUp + gated),
  // The same plan: another order of words for those who read the file.
  playbookWith(`${lookUp}${gated}# said by hand\n`),
  playbookWith(lookUp + isolate('lease: { for: 1d }')),
];

beforeAll(async () => {
  viewer = (await api.person('vic', ['viewer'])).token;
  seeded = await seedVersions(api.db.owner, sources);
});

const at = '/v1/playbooks/under-test';
const get = (path: string, token = viewer) => api.call('GET', path, { token });
const raw = (path: string) => fetch(`${api.url}${path}`, { headers: { Authorization: `Bearer ${viewer}` } });

describe('versions', () => {
  test('are listed newest first, page by page, and the current one says so', async () => {
    const first = await get(`${at}/versions?limit=3`);
    expect(first.body.items.map((item: { publishedVersion: number }) => item.publishedVersion)).toEqual([
      4, 3, 2,
    ]);
    expect(first.body.items[0]).toMatchObject({ current: true, digest: seeded[3]?.digest });
    const rest = await get(`${at}/versions?limit=3&cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ publishedVersion: 1, current: false }], next: null });
  });

  test('are read by number and by digest, of one digest the newest', async () => {
    expect((await get(`${at}/versions/2`)).body).toMatchObject({
      publishedVersion: 2,
      source: sources[1],
      current: false,
      plan: { playbook: { id: 'under-test' } },
    });
    const hex = seeded[1]?.digest.slice('sha256:'.length);
    expect((await get(`${at}/versions/${hex}`)).body).toMatchObject({ publishedVersion: 3 });
  });

  test('give their source byte for byte, and the tag is of the bytes, not of the plan', async () => {
    const [second, third] = await Promise.all(['2', '3'].map((n) => raw(`${at}/versions/${n}/source`)));
    const bytes = Buffer.from((await second?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect(bytes.equals(Buffer.from(sources[1] ?? ''))).toBe(true);
    expect(second?.headers.get('content-type')).toBe('text/yaml; charset=utf-8');
    expect(second?.headers.get('etag')).toBe(
      `"sha256:${createHash('sha256')
        .update(sources[1] ?? '')
        .digest('hex')}"`,
    );
    expect(seeded[1]?.digest).toBe(seeded[2]?.digest);
    expect(third?.headers.get('etag')).not.toBe(second?.headers.get('etag'));
  });

  test('are drawn, in a document that may do nothing', async () => {
    const answer = await raw(`${at}/versions/2/graph`);
    expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(await answer.text()).toMatch(/^<svg [\s\S]*edr\.isolate-host/);
  });

  test.each([
    '/v1/playbooks/none/versions',
    `${at}/versions/9`,
    `${at}/versions/0`,
    `${at}/versions/latest`,
    `${at}/versions/9/source`,
    `${at}/versions/${'0'.repeat(64)}/graph`,
    `${at}/diff?from=1&to=9`,
    '/v1/playbooks/none/diff',
  ])('%s is not there', async (path) => {
    expect((await get(path)).body).toMatchObject({ status: 404, code: 'request/not-found' });
  });

  test('are for those who may read playbooks', async () => {
    const sender = await api.service('sender', []);
    for (const path of ['versions', 'versions/1', 'versions/1/source', 'versions/1/graph', 'diff'])
      expect((await get(`${at}/${path}`, sender)).status, path).toBe(403);
  });
});

describe('a difference', () => {
  test('is that of riposte diff, bolder first, of the current version and the one before when nothing is named', async () => {
    const { status, body } = await get(`${at}/diff`);
    expect(status).toBe(200);
    expect(new Ajv2020({ strict: false }).compile(diffSchema)(body)).toBe(true);
    expect(body.playbooks[0]).toMatchObject({
      id: 'under-test',
      before: 'under-test@3',
      after: 'under-test@4',
    });
    expect(body.playbooks[0].changes[0]).toMatchObject({ kind: 'approval-removed', risk: 'bolder' });
    const line = (source: string | undefined) => (source ?? '').split('\n').indexOf('  - id: isolate') + 1;
    expect(body.playbooks[0].changes[0]).toMatchObject({ before: line(sources[2]), after: line(sources[3]) });
  });

  test('of two texts with one meaning is none', async () => {
    const { body } = await get(`${at}/diff?from=2&to=3`);
    expect(body).toMatchObject({ counts: { bolder: 0 }, playbooks: [{ sameMeaning: true, changes: [] }] });
  });

  test('of the first version has to be told with what', async () => {
    const { body } = await get(`${at}/diff?to=1`);
    expect(body).toMatchObject({ status: 400, code: 'request/invalid' });
    expect(body.detail).toContain('Name one in `from`');
  });

  test('needs both plans of this compiler; what is older says so and can still be read', async () => {
    await compiledBefore(api.db.owner, 1);
    for (const path of ['diff?from=1&to=2', 'versions/1/graph']) {
      const { body } = await get(`${at}/${path}`);
      expect(body, path).toMatchObject({ status: 409, code: 'request/conflict' });
      expect(body.detail, path).toContain('version 1 (1)');
    }
    expect((await get(`${at}/versions/1`)).body).toMatchObject({ compilerVersion: 1, source: sources[0] });
  });
});
