import { beforeAll, describe, expect, test } from 'vitest';
import { assertRoutes } from '../../api/http/assert-routes.ts';
import type { Route } from '../../api/http/route.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { startApi } from './start-api.ts';

const api = await startApi();
let admin: string;
let powerless: string;

beforeAll(async () => {
  admin = (await api.person('admin', ['admin'])).token;
  powerless = (await api.person('nobody', [])).token;
});

const guarded = allRoutes.filter((route) => route.permission !== 'public');
/** An answer that never ends has to be asked for something; nothing is there yet. */
const addressOf = (route: Route) =>
  route.path.replace(/\{[^}]+\}/g, 'x') + (route.operationId === 'lookOn' ? '?topics=runs:run_x' : '');
const named = (routes: readonly Route[]) =>
  routes.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const);

describe('every route', () => {
  test('only health and the document are open', () => {
    const open = allRoutes.filter((route) => route.permission === 'public').map((route) => route.path);
    expect(open.sort()).toEqual(['/healthz', '/openapi.json', '/readyz']);
  });

  test.each(named(guarded))('%s refuses a caller without credentials', async (_name, route) => {
    const answer = await api.call(route.method.toUpperCase(), addressOf(route));
    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe('auth/required');
  });

  test.each(named(guarded))('%s refuses a caller without any right', async (_name, route) => {
    const answer = await api.call(route.method.toUpperCase(), addressOf(route), { token: powerless });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('auth/forbidden');
  });

  test('a route that does not say who may call it stops the start', () => {
    const route = { ...guarded[0], path: '/v1/new', permission: undefined } as unknown as Route;
    expect(() => assertRoutes([...allRoutes, route])).toThrow('does not say who may call it');
  });

  test('two routes for the same address stop the start', () => {
    const twin = { ...guarded[0] } as Route;
    expect(() => assertRoutes([...allRoutes, twin])).toThrow('declared twice');
  });
});

describe('path variants', () => {
  test.each([
    '/V1/people',
    '/v1/people/',
    '/v1//people',
    '/v1/people;x',
    '/v1%2fpeople',
    '/v1/./people/.',
    '/x/../v1/People',
  ])('%s is not another way in', async (path) => {
    expect([401, 404]).toContain((await api.call('GET', path)).status);
    expect((await api.call('GET', path, { token: powerless })).status).not.toBe(200);
  });

  test('a method that an address does not take is named as such', async () => {
    const answer = await api.call('DELETE', '/v1/alerts', { token: admin });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, GET, HEAD');
  });
});

describe('reading', () => {
  // Whoever asks by an id for what is not there is written down, once for a while.
  beforeAll(() => api.call('GET', '/v1/alerts/none', { token: admin }));

  test.each(named(guarded.filter((route) => route.method === 'get')))(
    '%s and its HEAD change nothing',
    async (_name, route) => {
      const before = await stateOf();
      await api.call('GET', addressOf(route), { token: admin });
      const head = await api.call('HEAD', addressOf(route), { token: admin });
      expect(head.body).toBeNull();
      expect([200, 404]).toContain(head.status);
      expect(await stateOf()).toEqual(before);
      expect(api.useCases.calls).toEqual([]);
    },
  );

  async function stateOf() {
    const { rows } = await api.db.owner.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'riposte' and table_type = 'BASE TABLE'
       order by 1`,
    );
    const counts: Record<string, unknown> = {};
    for (const { name } of rows) {
      const table = await api.db.owner.query(
        `select md5(coalesce(string_agg(x::text, '|' order by x::text), '')) as sum from ${name} x`,
      );
      counts[name] = table.rows[0];
    }
    return counts;
  }
});

describe('bodies', () => {
  test.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/jsonx',
    '',
  ])('the content type "%s" is refused', async (type) => {
    const answer = await api.call('POST', '/v1/runs', {
      token: admin,
      body: '{}',
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(415);
    expect(answer.body.code).toBe('request/unsupported-media-type');
  });

  test('a compressed body is refused', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect((await api.call('POST', '/v1/runs', { token: admin, body: '{}', headers })).status).toBe(415);
  });

  test('a body on an address that takes none is refused', async () => {
    const answer = await api.call('POST', '/v1/audit/verify', { token: admin, body: {} });
    expect(answer.status).toBe(400);
  });

  test('alerts may have a mebibyte, other bodies a quarter of it', async () => {
    const body = JSON.stringify({ title: 'x'.repeat(300 * 1024) });
    expect((await api.call('POST', '/v1/alerts', { token: admin, body })).status).toBe(202);
    const big = JSON.stringify({ playbookId: 'x'.repeat(300 * 1024) });
    expect((await api.call('POST', '/v1/runs', { token: admin, body: big })).status).toBe(413);
    const huge = JSON.stringify({ title: 'x'.repeat(1024 * 1024) });
    expect((await api.call('POST', '/v1/alerts', { token: admin, body: huge })).status).toBe(413);
  });

  test('every mistake of a body is pointed at', async () => {
    const answer = await api.call('POST', '/v1/runs', { token: admin, body: { playbookId: 7, extra: true } });
    expect(answer.status).toBe(400);
    const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer).sort();
    expect(pointers).toEqual(['/extra', '/playbookId']);
  });

  test('a query parameter nobody knows, or one given twice, is refused', async () => {
    expect((await api.call('GET', '/v1/alerts?colour=red', { token: admin })).status).toBe(400);
    expect((await api.call('GET', '/v1/alerts?source=a&source=b', { token: admin })).status).toBe(400);
    expect((await api.call('GET', '/v1/alerts?limit=201', { token: admin })).status).toBe(400);
    expect((await api.call('GET', '/v1/alerts?since=yesterday', { token: admin })).status).toBe(400);
  });
});

describe('answers', () => {
  test('a problem has code, title and the request id that was sent', async () => {
    const answer = await api.call('GET', '/v1/runs/none', {
      token: admin,
      headers: { 'x-request-id': 'mine-1' },
    });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(answer.body).toEqual({
      type: '/codes/request/not-found',
      title: expect.any(String),
      status: 404,
      instance: '/v1/runs/none',
      code: 'request/not-found',
      requestId: 'mine-1',
    });
  });

  test('a request id that could break a log line is replaced', async () => {
    const answer = await api.call('GET', '/healthz', { headers: { 'x-request-id': 'a b"c' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('an error nobody foresaw says nothing about the inside', async () => {
    const error = console.error;
    console.error = () => undefined;
    api.useCases.answer('cancelRun', async () => {
      throw new Error('select * from secrets at /srv/riposte');
    });
    const answer = await api.call('POST', '/v1/runs/r1/cancel', { token: admin, body: { reason: 'x' } });
    console.error = error;
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe('request/internal');
    expect(JSON.stringify(answer.body)).not.toContain('secrets');
  });

  test('whoever may only stop a run takes nothing back with it', async () => {
    api.useCases.answer('cancelRun', async () => ({ ok: true }));
    const { token } = await api.person('Analyst', ['analyst']);
    const ask = (body: object) => api.call('POST', '/v1/runs/r1/cancel', { token, body });
    expect((await ask({ reason: 'x' })).status).toBe(202);
    expect(await ask({ reason: 'x', undo: true })).toMatchObject({
      status: 403,
      body: { code: 'auth/forbidden' },
    });
    const undo = { token: admin, body: { reason: 'x', undo: true } };
    expect((await api.call('POST', '/v1/runs/r1/cancel', undo)).status).toBe(202);
  });

  test('security headers are on every answer, also on problems', async () => {
    for (const path of ['/healthz', '/v1/alerts', '/nowhere']) {
      const { headers } = await api.call('GET', path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
    }
    expect((await api.call('GET', '/v1/alerts')).headers.get('cache-control')).toBe('no-store');
  });
});
