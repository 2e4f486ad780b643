import { beforeAll, describe, expect, test } from 'vitest';
import { seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

/* The incident, what is contained for it and its story over HTTP. */

const api = await startApi();
let viewer: string;
let seeded: Awaited<ReturnType<typeof seedWaitingRun>>;
let path: string;
const hostile = '\u202eDB-1 <b>Closed</b>\n';

beforeAll(async () => {
  viewer = (await api.person('vic', ['viewer'])).token;
  seeded = await seedWaitingRun(api.db.owner, { title: hostile });
  await seedWaitingRun(api.db.owner);
  path = `/v1/incidents/${seeded.incidentId}`;
  const { owner } = api.db;
  await owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state)
     select 'default', 'und_' || s, $1, 'run', 'run/' || s, 'Isolate', 'edr.isolate-host', s, 'main', 'host', s,
       'network-isolated', 'ours', '{"action":"edr.release-host@1"}', s from unnest(array['done', 'undoing', 'undone']) s`,
    [seeded.runId],
  );
  await owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path, 'held', 'ours' from undo_records where state = 'done'`,
  );
});

const get = (what: string, as = viewer) => api.call('GET', what, { token: as });

describe('an incident', () => {
  test('counts what waits for people and what is contained, as the list of holds does', async () => {
    const { body } = await get(path);
    expect(body).toMatchObject({ title: hostile, pendingApprovals: 1, openTasks: 0, contained: 2 });
    const holds = await get(`/v1/holds?incident=${seeded.incidentId}`);
    expect(holds.body.items.map(({ id }: { id: string }) => id).sort()).toEqual(['und_done', 'und_undoing']);
  });

  test.each([
    ['incidents?target=host:H17', 2],
    ['incidents?target=host:H18', 0],
    ['approvals?incident=', 1],
    ['actions?incident=', 1],
    ['tasks?incident=', 0],
    ['actions?incident=inc_none', 0],
    ['holds?incident=inc_none', 0],
  ])('/v1/%s finds %i', async (list, count) => {
    const { status, body } = await get(`/v1/${list.replace(/=$/, `=${seeded.incidentId}`)}`);
    expect(status).toBe(200);
    expect(body.items).toHaveLength(count);
  });
});

test('its targets are what alerts name and what runs changed, with what stands, whoever holds it', async () => {
  const { owner } = api.db;
  const elsewhere = await seedWaitingRun(owner);
  await owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state)
     values ('default', 'und_elsewhere', $1, 'run', 'run/a', 'Isolate', 'edr.isolate-host', 'x', 'main', 'host', 'H17',
       'network-isolated', 'ours', '{}', 'undoing')`,
    [elsewhere.runId],
  );
  const { body } = await get(`${path}/targets`);
  expect(body).toMatchObject({
    items: [
      { id: 'H17', name: 'DB-1', alerts: 1, contained: [{ incidentId: elsewhere.incidentId }] },
      { id: 'done', alerts: 0, contained: [{ id: 'und_done', run: seeded.runId, state: 'done' }] },
      { id: 'undoing', alerts: 0, contained: [{ id: 'und_undoing', state: 'undoing' }] },
      { id: 'undone', alerts: 0, contained: [] },
    ],
    next: null,
  });
  const first = await get(`${path}/targets?limit=3`);
  const rest = await get(`${path}/targets?limit=3&cursor=${first.body.next}`);
  expect([...first.body.items, ...rest.body.items]).toEqual(body.items);
  expect((await get('/v1/incidents/inc_none/targets')).status).toBe(404);
});

test('of its targets it is told what was last read of them and when, to those who may see values', async () => {
  await api.db.owner.query(
    `insert into target_facts (tenant_id, kind, target_id, facts, read_at) values ('default', 'host', 'H17',
       '{"name":"DB-1","criticality":"high","owner":"Finance","~hidden":["owner"]}', '2026-01-02T03:04:05Z')
     on conflict (tenant_id, kind, target_id) do update set facts = excluded.facts, read_at = excluded.read_at`,
  );
  const analyst = (await api.person('anna', ['analyst'])).token;
  const of = async (token: string) => (await get(`${path}/targets`, token)).body.items;
  const [host, unread] = await of(analyst);
  expect(host).toMatchObject({
    ...{ id: 'H17', name: 'DB-1' },
    known: { facts: { name: 'DB-1', criticality: 'high' }, readAt: '2026-01-02T03:04:05.000Z' },
  });
  // What a playbook hides is hidden here as well, and what nobody read is not made up.
  expect(JSON.stringify(host)).not.toContain('Finance');
  expect(unread.known).toBeNull();
  expect((await of(viewer)).map(({ known }: { known: unknown }) => known)).toEqual([null, null, null, null]);
});

describe('its story', () => {
  test('is what happened, to a viewer without any value, and nothing of another incident', async () => {
    const { status, body } = await get(`${path}/story`);
    expect(status).toBe(200);
    const refs = body.items.map(({ type, ref }: { type: string; ref: string }) => [type, ref]);
    expect(refs).toEqual([
      ['incident.created', seeded.incidentId],
      ['alert.accepted', seeded.alertId],
      ['run.queued', seeded.runId],
      ['approval.requested', seeded.approvalId],
    ]);
    expect(body.items[1]).toMatchObject({ title: hostile, targets: [{ name: 'DB-1' }], by: null });
    expect(JSON.stringify(body)).not.toContain('secret words');
  });

  test('has pages that lead through all of it, once', async () => {
    const seen: string[] = [];
    let next: string | null = `${path}/story?limit=3&sort=-at`;
    while (next !== null) {
      const { body, headers }: Awaited<ReturnType<typeof get>> = await get(next);
      seen.push(...body.items.map(({ type }: { type: string }) => type));
      const link: string | undefined = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      next = link ?? null;
    }
    expect(seen).toEqual(['approval.requested', 'run.queued', 'alert.accepted', 'incident.created']);
  });

  test('is refused where there is none, and in words that it does not know', async () => {
    expect((await get('/v1/incidents/inc_none/story')).status).toBe(404);
    expect((await get(`${path}/story?until=2020-01-01T00:00:00Z`)).body).toEqual({ items: [], next: null });
    for (const query of ['type=alert', 'sort=createdAt', 'target=host:%00', 'since=2026-02-31T00:00:00Z'])
      expect((await get(`${path}/story?${query}`)).body.code, query).toBe('request/invalid');
    const { next } = (await get(`${path}/story?limit=1`)).body;
    expect((await get(`${path}/story?limit=1&sort=-at&cursor=${next}`)).body.code).toBe('request/bad-cursor');
    expect((await api.call('GET', `${path}/story`)).status).toBe(401);
  });
});
