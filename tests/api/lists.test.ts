import { beforeAll, describe, expect, test } from 'vitest';
import { seedAlerts, seedEntry, seedWaitingRun } from './seed.ts';
import { type Api, startApi } from './start-api.ts';

const api = await startApi();
let token: string;
let viewer: string;
let analyst: Awaited<ReturnType<Api['person']>>;
let seeded: Awaited<ReturnType<typeof seedWaitingRun>>;

beforeAll(async () => {
  token = (await api.person('ops', ['operator'])).token;
  viewer = (await api.person('vic', ['viewer'])).token;
  analyst = await api.person('ann', ['analyst']);
  seeded = await seedWaitingRun(api.db.owner);
  await seedAlerts(api.db.owner, 25);
  await seedEntry(api.db.owner, 0, {
    type: 'run.started',
    runId: seeded.runId,
    actor: { id: 'isolate-host' },
  });
  await seedEntry(api.db.owner, 1, {
    type: 'action.attempted',
    runId: seeded.runId,
    action: 'edr.isolate-host@1.0.0',
    targets: [{ kind: 'host', id: 'H17' }],
    actor: { id: 'isolate-host' },
  });
  await seedEntry(api.db.owner, 2, { type: 'auth.signed-in', actor: { id: analyst.person.id } });
});

/** Cursors of the right question that name what the database cannot read. */
const forgedOf = (cursor: string): string[] => {
  const [version, question, time, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return [
    [time, 'a\0'],
    ['2026-99-99T00:00:00Z', id],
    ['0000-01-01T00:00:00Z', id],
    ['123', id],
  ]
    .map((key) => Buffer.from(JSON.stringify([version, question, ...key])).toString('base64url'))
    .map((forged) => `/v1/alerts?severity=low&cursor=${forged}`);
};

const get = (path: string, as = token) => api.call('GET', path, { token: as });

describe('paging', () => {
  test('goes through everything once, also when rows share their microsecond', async () => {
    const seen: string[] = [];
    let path: string | null = '/v1/alerts?source=bulk&limit=10';
    const sizes: number[] = [];
    while (path !== null) {
      const page: Awaited<ReturnType<Api['call']>> = await get(path);
      sizes.push(page.body.items.length);
      seen.push(...page.body.items.map((item: { id: string }) => item.id));
      const link: string | undefined = /^<(.+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
      expect(link === undefined).toBe(page.body.next === null);
      path = link ?? null;
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(new Set(seen).size).toBe(25);
  });

  test('goes upwards too', async () => {
    const first = await get('/v1/alerts?sort=createdAt&limit=20');
    const second = await get(`/v1/alerts?sort=createdAt&limit=20&cursor=${first.body.next}`);
    const ids = [...first.body.items, ...second.body.items].map((item: { id: string }) => item.id);
    expect(new Set(ids).size).toBe(26);
    expect(ids.at(-1)).toBe(seeded.alertId);
  });

  test('refuses a cursor whose filter or sort changed, or that was never made', async () => {
    const { next } = (await get('/v1/alerts?severity=low&limit=5')).body;
    expect((await get(`/v1/alerts?severity=low&limit=7&cursor=${next}`)).status).toBe(200);
    const forged = Buffer.from(JSON.stringify([1, 'x', "'; drop table alerts", 'y'])).toString('base64url');
    for (const path of [
      `/v1/alerts?severity=high&cursor=${next}`,
      `/v1/alerts?cursor=${next}`,
      `/v1/alerts?severity=low&sort=createdAt&cursor=${next}`,
      `/v1/incidents?severity=low&cursor=${next}`,
      `/v1/alerts?cursor=${forged}`,
      '/v1/alerts?cursor=abc',
      ...forgedOf(next),
    ]) {
      const answer = await get(path);
      expect(answer.status).toBe(400);
      expect(answer.body.code).toBe('request/bad-cursor');
    }
  });
});

describe('filters', () => {
  test.each([
    ['/v1/alerts?target=host:H17', 1],
    ['/v1/alerts?target=host:H18', 0],
    ['/v1/alerts?severity=high,critical&source=edr', 1],
    ['/v1/alerts?q=behaviour', 1],
    ['/v1/alerts?q=%25', 0],
    ['/v1/alerts?status=matched', 1],
    ['/v1/alerts?since=2027-01-01T00:00:00Z', 0],
    ['/v1/runs?status=waiting,running&target=host:H17', 1],
    ['/v1/runs?status=failed', 0],
    ['/v1/runs?q=Ransomware', 1],
    ['/v1/actions?outcome=succeeded&class=read', 1],
    ['/v1/actions?target=host:other', 0],
    ['/v1/approvals?status=pending&sort=expiresAt', 1],
    ['/v1/incidents?severity=high&status=new', 1],
    ['/v1/audit/entries?type=action.attempted,run.started', 2],
    ['/v1/audit/entries?target=host:H17', 1],
    ['/v1/audit/entries?action=edr.isolate-host', 1],
    ['/v1/playbooks', 1],
    ['/v1/playbooks?mode=enforce&enabled=true&q=ISOLATE', 1],
    ['/v1/playbooks?q=isolate-h', 1],
    ['/v1/playbooks?mode=audit', 0],
    ['/v1/playbooks?enabled=false', 0],
    ['/v1/playbooks?q=%25', 0],
    ['/v1/stops', 1],
  ])('%s finds %i', async (path, count) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.body.items).toHaveLength(count);
  });
});

describe('a filter that the database could not read is a mistake of the caller', () => {
  test.each([
    '/v1/alerts?q=%00',
    '/v1/alerts?target=host:%00',
    '/v1/alerts?since=2026-02-31T00:00:00Z',
    '/v1/alerts?until=0000-01-01T00:00:00Z',
    '/v1/runs?since=2026-01-01T00:00:00%2B23:59',
    '/v1/audit/entries?since=9999-12-31T23:59:59.999999999-23:59',
  ])('%s', async (path) => {
    expect((await get(path)).body.code).toBe('request/invalid');
  });

  test.each(['2024-02-29T23:59:59.123456Z', '2026-01-01t00:00:00z', '9999-12-31T23:59:59-14:00'])(
    '%s is a time',
    async (time) => {
      expect((await get(`/v1/alerts?since=${time}`)).status).toBe(200);
    },
  );
});

describe('single things', () => {
  test('each has its page', async () => {
    const { alertId, runId, attemptId, incidentId } = seeded;
    expect((await get(`/v1/alerts/${alertId}`)).body).toMatchObject({
      raw: { vendor: 'raw' },
      runs: [{ id: runId }],
    });
    expect((await get(`/v1/alerts/${alertId}/trace`)).body.items).toMatchObject([
      { outcome: 'started', runId },
    ]);
    expect((await get(`/v1/runs/${runId}`)).body).toMatchObject({
      steps: { total: 2, byStatus: { active: 1, succeeded: 1 } },
      pendingApprovals: [seeded.approvalId],
      permissions: ['cancel'],
    });
    expect(
      (await get(`/v1/runs/${runId}/steps`)).body.items.map((step: { path: string }) => step.path),
    ).toEqual(['run/asset', 'run/isolate']);
    expect((await get(`/v1/actions/${attemptId}`)).body).toMatchObject({
      outcome: 'succeeded',
      attempts: [{ number: 1 }],
    });
    expect((await get(`/v1/incidents/${incidentId}`)).body).toMatchObject({ alerts: 1, pendingApprovals: 1 });
    expect((await get('/v1/playbooks/isolate-host')).body).toMatchObject({
      source: 'title: x',
      versions: [{ version: '1.3.0' }],
    });
  });

  test('a run whose undo step is at work can be cancelled; one that is taken back after its end cannot', async () => {
    const { runId } = await seedWaitingRun(api.db.owner);
    const mayNow = async () => (await get(`/v1/runs/${runId}`)).body.permissions;
    await api.db.owner.query(`update runs set state = 'undoing' where id = $1`, [runId]);
    expect(await mayNow()).toEqual(['cancel']);
    const { items } = (await get('/v1/runs?status=undoing')).body;
    expect(items).toMatchObject([{ id: runId, permissions: ['cancel'] }]);
    await api.db.owner.query('update runs set ended_at = clock_timestamp() where id = $1', [runId]);
    expect(await mayNow()).toEqual([]);
    await api.db.owner.query(`update runs set state = 'succeeded' where id = $1`, [runId]);
    expect(await mayNow()).toEqual(['undo']);
  });

  test('what is not there is not found', async () => {
    for (const list of ['alerts', 'runs', 'approvals', 'actions', 'playbooks', 'incidents']) {
      expect((await get(`/v1/${list}/none`)).status).toBe(404);
    }
    expect((await get('/v1/runs/none/steps')).status).toBe(404);
    expect((await get('/v1/runs/none/entries')).status).toBe(404);
  });

  test('viewers see that values exist and not what they are', async () => {
    const step = (await get(`/v1/runs/${seeded.runId}/steps`, viewer)).body.items[0];
    expect(step.outputs).toEqual({ users: ['[masked]', '[masked]'], count: '[masked]' });
    expect((await get(`/v1/runs/${seeded.runId}`, viewer)).body.given).toEqual({
      inputs: { host_id: '[masked]' },
    });
    expect((await get(`/v1/actions/${seeded.attemptId}`, viewer)).body.arguments).toEqual({
      host_id: '[masked]',
    });
    const alert = (await get(`/v1/alerts/${seeded.alertId}`, viewer)).body;
    expect(alert).toMatchObject({ title: expect.stringContaining('DB-1'), raw: null });
    expect(alert.alert).toEqual({ id: '[masked]', title: '[masked]' });
    expect((await get(`/v1/runs/${seeded.runId}/entries`, viewer)).status).toBe(403);
  });
});

describe('audit entries', () => {
  test('carry their own bytes and leaf, and runs their own entries', async () => {
    const { items } = (await get(`/v1/runs/${seeded.runId}/entries`)).body;
    expect(items.map((item: { index: number }) => item.index)).toEqual([0, 1]);
    expect(JSON.parse(items[1].entry).action).toBe('edr.isolate-host@1.0.0');
    expect(items[0].leaf).toMatch(/^[0-9a-f]{64}$/);
  });

  test('an analyst sees only their own', async () => {
    const own = await get('/v1/audit/entries', analyst.token);
    expect(own.body.items.map((item: { index: number }) => item.index)).toEqual([2]);
    expect((await get('/v1/audit/entries?actor=isolate-host', analyst.token)).status).toBe(403);
    expect((await get('/v1/audit/entries', viewer)).status).toBe(403);
  });
});
