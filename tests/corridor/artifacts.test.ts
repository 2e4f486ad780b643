import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepArtifact } from '../../engine/runtime/keep-artifact.ts';
import type { AttemptId, RunId } from '../../schemas/ids.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { type Api, startApi } from '../api/start-api.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { forWholeAlert, hostAlert } from './questions.ts';

/* What a target answered is there for people also where a playbook must not go on with it. */

let corridor: Corridor;
let api: Api;
let analyst: string;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  corridor.lab.estate.reset({ crowd: { hosts: 0, users: 0, mails: 2500 } });
  api = await startApi({}, undefined, corridor.database);
  analyst = (await api.person('Ann', ['analyst'])).token;
});
afterAll(() => corridor.close());

/** A run whose search answers more than a step keeps. */
async function searched(id: string, also = ''): Promise<RunId> {
  await corridor.publish(
    forWholeAlert(
      id,
      `  - id: search
    action: mail.search-messages
    with: { sender: bulk@bulk.example.com, subject: Crowd campaign, received_within: 30d, limit: 3000 }${also}
`,
    ),
  );
  await corridor.sendBody(hostAlert(id, id, 'x'));
  await corridor.rest();
  const run = (await corridor.runs()).find(({ playbook_id }) => playbook_id === id);
  return (run?.id ?? '') as RunId;
}

describe('an answer that is larger than a step keeps', () => {
  let run: string;
  let id: string;
  beforeAll(async () => {
    run = await searched('too-many');
    id = (await api.call('get', `/v1/runs/${run}/artifacts`, { token: analyst })).body.items[0].id;
  }, 60_000);

  it('is listed with its step, which names it', async () => {
    const { body } = await api.call('get', `/v1/runs/${run}/artifacts`, { token: analyst });
    expect(body).toMatchObject({ items: [{ id, run, step: 'run/search' }], next: null });
    expect(body.items[0].size).toBeGreaterThan(256 * 1024);
    const steps = await api.call('get', `/v1/runs/${run}/steps`, { token: analyst });
    expect(steps.body.items[0].failure).toMatchObject({
      code: 'run/output-too-large',
      message: expect.stringContaining(`all of it is ${id}`),
    });
    const { sha256 } = body.items[0];
    const entries = (await corridor.story(run)).filter(({ type }) => type === 'action.failed');
    expect(JSON.stringify(entries)).toContain(`all of it is ${id} (${sha256})`);
  });

  it('is served byte for byte, as what it is and to be kept as a file', async () => {
    const answer = await fetch(`${api.url}/v1/artifacts/${id}`, {
      headers: { authorization: `Bearer ${analyst}` },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id}.json"`);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const sha256 = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect(answer.headers.get('etag')).toBe(`"${sha256}"`);
    const { items } = (await api.call('get', `/v1/runs/${run}/artifacts`, { token: analyst })).body;
    expect(items[0]).toMatchObject({ sha256, size: bytes.length });
    expect(JSON.parse(bytes.toString('utf8')).messages.length).toBeGreaterThan(2000);
  });

  it('is a value: whoever may only look reads that it is there', async () => {
    const { token } = await api.person('Vic', ['viewer']);
    expect((await api.call('get', `/v1/runs/${run}/artifacts`, { token })).status).toBe(200);
    expect((await api.call('get', `/v1/artifacts/${id}`, { token })).status).toBe(403);
    expect((await api.call('get', '/v1/artifacts/art_1', { token: analyst })).status).toBe(404);
  });

  it('cannot be changed or taken away by the application', async () => {
    const { app } = corridor.database;
    await expect(app.query('update artifacts set path = path')).rejects.toThrow('permission denied');
    await expect(app.query('delete from artifacts')).rejects.toThrow('permission denied');
  });
});

it('what the step hides is hidden in it, from everybody', async () => {
  const run = await searched('hidden', '\n    mask: [messages]');
  const { items } = (await api.call('get', `/v1/runs/${run}/artifacts`, { token: analyst })).body;
  const { body, headers } = await api.call('get', `/v1/artifacts/${items[0].id}`, { token: analyst });
  expect(body.messages[0].id).toBe('[masked]');
  expect(JSON.stringify(body)).not.toContain('bulk@');
  expect(headers.get('etag')).toBeNull();
}, 60_000);

it('a run keeps 64 MiB of them, one of them 16: more would be an intruder’s way to fill the disk', async () => {
  const run = await searched('again');
  const { owner, app } = corridor.database;
  const { rows } = await owner.query<{ attempt_id: AttemptId }>(
    'select attempt_id from artifacts where run_id = $1',
    [run],
  );
  const attempt = { id: rows[0]?.attempt_id ?? ('' as AttemptId), runId: run };
  const said: string[] = [];
  const parts = {
    database: app,
    tenant: defaultTenant,
    mint: mintId,
    log: (_: string, text: string) => said.push(text),
  };
  const keep = (text: string) => keepArtifact(parts as never, attempt, text);
  expect(await keep(`"${'x'.repeat(16 * 1024 * 1024)}"`)).toBeNull();
  expect(await keep('{"small":1}')).toMatchObject({ id: expect.stringMatching(/^art_/) });
  await owner.query(
    `insert into artifacts select tenant_id, 'art_' || n, run_id, path, attempt_id, sha256, 16000000, repeat('x', 16000000)::bytea
     from artifacts, generate_series(1, 4) n where run_id = $1 and size > 1000`,
    [run],
  );
  expect(await keep(`"${'x'.repeat(3 * 1024 * 1024)}"`)).toBeNull();
  expect(said).toEqual([]);
  expect(await keep('{"small":2}')).toMatchObject({ id: expect.stringMatching(/^art_/) });
}, 60_000);

it('the bound of a run holds for those that come at once', async () => {
  const run = await searched('at-once');
  const { owner, app } = corridor.database;
  const { rows } = await owner.query<{ attempt_id: AttemptId }>(
    'select attempt_id from artifacts where run_id = $1',
    [run],
  );
  const attempt = { id: rows[0]?.attempt_id ?? ('' as AttemptId), runId: run };
  const parts = { database: app, tenant: defaultTenant, mint: mintId, log: () => undefined };
  await owner.query(
    `insert into artifacts select tenant_id, 'art_full_' || n, run_id, path, attempt_id, sha256, 15000000, repeat('x', 15000000)::bytea
     from artifacts, generate_series(1, 4) n where run_id = $1`,
    [run],
  );
  const large = `"${'x'.repeat(4 * 1024 * 1024)}"`;
  const kept = await Promise.all(
    Array.from({ length: 4 }, () => keepArtifact(parts as never, attempt, large)),
  );
  expect(kept.filter((each) => each !== null)).toHaveLength(1);
  const { rows: sum } = await owner.query<{ bytes: number }>(
    'select sum(size)::int as bytes from artifacts where run_id = $1',
    [run],
  );
  expect(sum[0]?.bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
}, 60_000);

const someAttempt = { id: 'att_1' as AttemptId, runId: 'run_1' as RunId };

it('what cannot be written down leaves the outcome as it is, and says so', async () => {
  const said: string[] = [];
  const broken = { transaction: () => Promise.reject(new Error('the disk is full')) };
  const parts = {
    database: broken,
    tenant: defaultTenant,
    mint: mintId,
    log: (_: string, text: string) => said.push(text),
  };
  expect(await keepArtifact(parts as never, someAttempt, '{}')).toBeNull();
  expect(said).toEqual(['an answer too large for its step could not be kept']);
});

it('a database that does not answer holds no outcome back beyond its lease', async () => {
  const said: unknown[] = [];
  const silent = { transaction: () => new Promise(() => undefined) };
  const log = (_level: string, _text: string, { error }: { error: string }) => said.push(error);
  const parts = { database: silent, tenant: defaultTenant, mint: mintId, log };
  expect(await keepArtifact(parts as never, someAttempt, '{}')).toBeNull();
  expect(said).toEqual(['Error: not within 2000 ms']);
});
