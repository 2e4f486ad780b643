import { afterEach, describe, expect, test } from 'vitest';
import { createMicrosoftApis } from '../../actions/client/microsoft-apis.ts';
import { createTokenCache } from '../../actions/client/token-cache.ts';
import type { ActionContext } from '../../engine/core/contracts/action.ts';
import { guardHttp } from '../../engine/runtime/http/guard-http.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { buildContext, type ContextOptions } from './support/build-context.ts';
import { type Reply, type Seen, startVendor, vendorSettings } from './support/start-vendor.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function setUp(
  answer: (request: Seen, index: number) => Reply | undefined,
  more: Partial<ContextOptions> = {},
) {
  const vendor = await startVendor(answer);
  const http = createHttp({ allowPrivate: true });
  open.push(vendor.close, () => http.close());
  const settings = { ...vendorSettings(vendor.url), ...more.settings };
  const apis = createMicrosoftApis(createTokenCache());
  const contextWith = (extra: Partial<ContextOptions> = {}): ActionContext =>
    buildContext({ http, ...more, ...extra, settings: { ...settings, ...extra.settings } });
  return { vendor, http, apis, contextWith, context: contextWith() };
}

const fine: Reply = { status: 200, json: { id: 'x' } };
const tokenOf = (request: Seen) => request.headers.authorization?.replace('Bearer ', '');
const signIns = (seen: Seen[]) => seen.filter((one) => one.path.startsWith('/login/'));

describe('tokens', () => {
  test('are asked for with client credentials and the scope of the API', async () => {
    const { vendor, apis, context } = await setUp(() => undefined);
    await apis.graph.read(context, '/users/x');
    await apis.mde.read(context, '/api/machines/x');
    const forms = signIns(vendor.seen).map((one) => Object.fromEntries(new URLSearchParams(one.body)));
    expect(forms.map((form) => form.scope)).toEqual([
      'https://graph.microsoft.com/.default',
      'https://api.securitycenter.microsoft.com/.default',
    ]);
    expect(forms[0]).toMatchObject({
      grant_type: 'client_credentials',
      client_id: '99999999-8888-4777-8666-555555555555',
      client_secret: 's3cr3t-of-the-connection',
    });
    expect(signIns(vendor.seen)[0]?.path).toBe(
      '/login/11111111-2222-4333-8444-555555555555/oauth2/v2.0/token',
    );
  });

  test('are kept until five minutes before they end', async () => {
    let nowMs = 1_000_000;
    const { vendor, apis, context } = await setUp(
      (one) => (one.path.startsWith('/login') ? undefined : fine),
      {
        nowMs: () => nowMs,
      },
    );
    await apis.graph.read(context, '/a');
    nowMs += (3599 - 301) * 1000;
    await apis.graph.read(context, '/b');
    expect(signIns(vendor.seen)).toHaveLength(1);
    nowMs += 2000;
    await apis.graph.read(context, '/c');
    expect(vendor.seen.filter((one) => !one.path.startsWith('/login')).map(tokenOf)).toEqual([
      'token-1',
      'token-1',
      'token-2',
    ]);
  });

  test('are asked for once when many attempts need one at the same moment', async () => {
    const { vendor, apis, contextWith } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : fine,
    );
    const readings = await Promise.all(Array.from({ length: 8 }, () => apis.graph.read(contextWith(), '/a')));
    expect(readings.every((reading) => reading.ok)).toBe(true);
    expect(signIns(vendor.seen)).toHaveLength(1);
  });

  test('belong to one connection and one identity', async () => {
    const { vendor, apis, contextWith } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : fine,
    );
    await apis.graph.read(contextWith(), '/a');
    await apis.graph.read(contextWith({ connectionId: 'fabrikam' }), '/a');
    await apis.graph.read(contextWith({ settings: { tenantId: 'another-tenant' } }), '/a');
    expect(signIns(vendor.seen)).toHaveLength(3);
  });

  test('that the target refuses are dropped and replaced once, also for a write', async () => {
    const { vendor, apis, context } = await setUp((one) => {
      if (one.path.startsWith('/login')) return undefined;
      return tokenOf(one) === 'token-1' ? { status: 401, json: { error: { code: 'Unauthorized' } } } : fine;
    });
    expect(await apis.mde.write(context, 'POST', '/api/x', { Comment: 'c' })).toMatchObject({ kind: 'done' });
    expect(vendor.calls()).toEqual(['POST /mde/api/x', 'POST /mde/api/x']);
    expect(await apis.mde.read(context, '/api/y')).toMatchObject({ ok: true });
    expect(signIns(vendor.seen)).toHaveLength(2);
  });

  test('that are refused twice end as unauthorized', async () => {
    const { vendor, apis, context } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : { status: 401, json: {} },
    );
    const writing = await apis.graph.write(context, 'PATCH', '/users/x', { accountEnabled: false });
    expect(writing).toMatchObject({ kind: 'refused', failure: { code: 'unauthorized', kind: 'terminal' } });
    expect(vendor.calls()).toHaveLength(2);
  });

  test('survive that the attempt which asked for them is called off', async () => {
    const abort = new AbortController();
    let asked = 0;
    const { apis, contextWith } = await setUp((one) => {
      if (!one.path.startsWith('/login')) return fine;
      asked += 1;
      if (asked > 1) return undefined;
      queueMicrotask(() => abort.abort());
      return 'hang';
    });
    const first = apis.graph.read(contextWith({ signal: abort.signal }), '/a');
    const second = apis.graph.read(contextWith(), '/b');
    expect(await first).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(await second).toMatchObject({ ok: true });
  });

  test.each<[string, Reply, object]>([
    [
      'a wrong secret',
      {
        status: 401,
        json: { error: 'invalid_client', error_description: 'AADSTS7000215: s3cr3t-of-the-connection' },
      },
      { code: 'unauthorized', kind: 'terminal' },
    ],
    [
      'throttling',
      { status: 429, headers: { 'retry-after': '3' } },
      { code: 'throttled', kind: 'retryable', retryAfterMs: 3000 },
    ],
    ['an outage', { status: 503 }, { code: 'unavailable', kind: 'retryable' }],
    ['a lost answer', 'drop', { code: 'unavailable', kind: 'retryable' }],
    [
      'an answer without a token',
      { status: 200, json: { expires_in: 3599 } },
      { code: 'invalid-response', kind: 'terminal' },
    ],
    [
      'a token that would break the header',
      { status: 200, json: { expires_in: 3599, access_token: 'a\r\nb: c' } },
      { code: 'invalid-response', kind: 'terminal' },
    ],
  ])('that cannot be had because of %s never make a write unknown', async (_what, reply, failure) => {
    const { vendor, apis, context } = await setUp((one) => (one.path.startsWith('/login') ? reply : fine));
    const writing = await apis.graph.write(context, 'PATCH', '/users/x', { accountEnabled: false });
    expect(writing).toMatchObject({ kind: 'refused', failure });
    expect(JSON.stringify(writing)).not.toContain('s3cr3t');
    expect(vendor.calls()).toEqual([]);
  });

  test('that need a secret nobody can read end as misconfigured, without the words of the vault', async () => {
    const { apis, context } = await setUp(() => fine, { secrets: {} });
    const reading = await apis.graph.read(context, '/a');
    expect(reading).toMatchObject({ ok: false, failure: { code: 'misconfigured', kind: 'terminal' } });
    expect(JSON.stringify(reading)).not.toContain('hidden-place');
  });
});

describe('a status is translated', () => {
  const cases: [number, string, object][] = [
    [429, '', { code: 'throttled', kind: 'retryable' }],
    [500, 'InternalServerError', { code: 'unavailable', kind: 'retryable' }],
    [502, '', { code: 'unavailable', kind: 'retryable' }],
    [503, 'serviceNotAvailable', { code: 'unavailable', kind: 'retryable' }],
    [504, '', { code: 'unavailable', kind: 'retryable' }],
    [400, 'InvalidInput', { code: 'invalid-request', kind: 'terminal' }],
    [400, 'OsPlatformNotSupported', { code: 'unsupported-target', kind: 'terminal' }],
    [400, 'ClientVersionNotSupported', { code: 'unsupported-target', kind: 'terminal' }],
    [403, 'Authorization_RequestDenied', { code: 'forbidden', kind: 'terminal' }],
    [404, 'ResourceNotFound', { code: 'not-found', kind: 'terminal' }],
    [409, '', { code: 'conflict', kind: 'terminal' }],
    [412, '', { code: 'conflict', kind: 'terminal' }],
    [302, '', { code: 'invalid-response', kind: 'terminal' }],
  ];

  test.each(cases)('%i %s for a read', async (status, code, failure) => {
    const { apis, context } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : { status, json: { error: { code, message: 'text' } } },
    );
    expect(await apis.graph.read(context, '/a')).toMatchObject({ ok: false, failure });
  });

  test.each(cases.filter(([status]) => status >= 400 && status < 500))(
    '%i %s for a write: it surely did nothing',
    async (status, code, failure) => {
      const { apis, context } = await setUp((one) =>
        one.path.startsWith('/login') ? undefined : { status, json: { error: { code, message: 'text' } } },
      );
      expect(await apis.graph.write(context, 'POST', '/a', {})).toMatchObject({
        kind: 'refused',
        status,
        failure,
      });
    },
  );

  test.each([500, 502, 503, 504, 408, 302])('%i for a write: it may have acted', async (status) => {
    const { vendor, apis, context } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : { status },
    );
    expect(await apis.graph.write(context, 'POST', '/a', {})).toMatchObject({ kind: 'unknown' });
    expect(vendor.calls()).toHaveLength(1);
  });

  test('the wait comes from seconds or from a date', async () => {
    const nowMs = Date.parse('2026-11-20T10:00:00Z');
    for (const [header, retryAfterMs] of [
      ['7', 7000],
      ['Fri, 20 Nov 2026 10:00:09 GMT', 9000],
      ['Fri, 20 Nov 2026 09:00:00 GMT', 0],
      ['soon', undefined],
    ] as const) {
      const { apis, context } = await setUp(
        (one) =>
          one.path.startsWith('/login') ? undefined : { status: 429, headers: { 'retry-after': header } },
        { nowMs: () => nowMs },
      );
      const reading = await apis.graph.read(context, '/a');
      expect(reading.ok ? null : reading.failure.retryAfterMs).toBe(retryAfterMs);
    }
  });

  test('a message carries the code and the correlation id, never the token or the words of the vendor', async () => {
    const { apis, context } = await setUp((one) =>
      one.path.startsWith('/login')
        ? undefined
        : {
            status: 400,
            json: {
              error: {
                code: 'BadRequest',
                message: `you sent ${one.headers.authorization}`,
                target: '8f4a2d0e-0000-4000-8000-000000000001',
              },
            },
          },
    );
    const reading = await apis.mde.read(context, '/a');
    const text = JSON.stringify(reading);
    expect(text).toContain('BadRequest');
    expect(text).toContain('8f4a2d0e-0000-4000-8000-000000000001');
    expect(text).not.toContain('token-1');
  });
});

describe('an answer that is lost', () => {
  test.each<Reply>(['drop'])(
    'is a retryable failure of a read and an unknown outcome of a write (%s)',
    async (reply) => {
      const { vendor, apis, context } = await setUp((one) =>
        one.path.startsWith('/login') ? undefined : reply,
      );
      expect(await apis.graph.read(context, '/a')).toMatchObject({
        ok: false,
        failure: { code: 'timeout', kind: 'retryable' },
      });
      expect(await apis.graph.write(context, 'POST', '/b', {})).toMatchObject({ kind: 'unknown' });
      expect(vendor.calls()).toEqual(['GET /graph/v1.0/a', 'POST /graph/v1.0/b']);
    },
  );

  test('because the attempt is aborted after sending leaves a write unknown', async () => {
    const abort = new AbortController();
    const { apis, contextWith } = await setUp((one) => {
      if (one.path.startsWith('/login')) return undefined;
      queueMicrotask(() => abort.abort());
      return 'hang';
    });
    const writing = await apis.graph.write(contextWith({ signal: abort.signal }), 'POST', '/a', {});
    expect(writing).toMatchObject({ kind: 'unknown' });
  });
});

describe('nothing is sent', () => {
  test('when the attempt was aborted before', async () => {
    const { vendor, apis, contextWith } = await setUp(() => fine);
    const cancelled = await apis.graph.write(contextWith({ signal: AbortSignal.abort() }), 'POST', '/a', {});
    expect(cancelled).toMatchObject({ kind: 'refused', failure: { code: 'cancelled' } });
    const reason = new DOMException('too late', 'TimeoutError');
    const timedOut = await apis.graph.write(
      contextWith({ signal: AbortSignal.abort(reason) }),
      'POST',
      '/a',
      {},
    );
    expect(timedOut).toMatchObject({ kind: 'refused', failure: { code: 'timeout', kind: 'retryable' } });
    expect(vendor.seen).toEqual([]);
  });

  test('when the lease is over between signing in and writing', async () => {
    const { vendor, http, apis, contextWith } = await setUp(() => undefined);
    let requests = 0;
    const guarded = guardHttp(http, () => {
      requests += 1;
      if (requests > 1) throw new Error('lease is over');
    });
    const writing = await apis.graph.write(contextWith({ http: guarded }), 'POST', '/a', {});
    expect(writing).toMatchObject({ kind: 'refused', failure: { code: 'unavailable', kind: 'retryable' } });
    expect(vendor.calls()).toEqual([]);
  });

  test('when the target cannot be connected to', async () => {
    const { vendor, apis, contextWith } = await setUp(() => undefined);
    const elsewhere = await startVendor(() => undefined);
    await elsewhere.close();
    const context = contextWith({ settings: { graphUrl: `${elsewhere.url}/graph/v1.0` } });
    const writing = await apis.graph.write(context, 'POST', '/a', {});
    expect(writing).toMatchObject({ kind: 'refused', failure: { code: 'unavailable', kind: 'retryable' } });
    expect(vendor.calls()).toEqual([]);
  });

  test.each([
    ['loginUrl', ''],
    ['graphUrl', 'not a url'],
    ['graphUrl', 'https://user:word@graph.microsoft.com/v1.0'],
    ['graphUrl', 'https://graph.microsoft.com/v1.0?x=1'],
    ['tenantId', ' '],
    ['clientId', ''],
  ])('when the setting %s is "%s"', async (name, value) => {
    const { vendor, apis, contextWith } = await setUp(() => fine);
    const reading = await apis.graph.read(contextWith({ settings: { [name]: value } }), '/a');
    expect(reading).toMatchObject({ ok: false, failure: { code: 'misconfigured', kind: 'terminal' } });
    expect(vendor.seen).toEqual([]);
  });
});

describe('an answer of the wrong shape', () => {
  test.each(['', 'null', '[]', '"text"', '{"half":', '<html></html>'])('"%s" fails a read', async (text) => {
    const { apis, context } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : { status: 200, text },
    );
    expect(await apis.graph.read(context, '/a')).toMatchObject({
      ok: false,
      failure: { code: 'invalid-response', kind: 'terminal' },
    });
  });

  test.each([
    'https://evil.example/graph/v1.0/users',
    '//evil.example/graph/v1.0/users',
    '{same-host}/other/v1.0/users',
    '{same-host}/graph/v1.0/../../mde/api/machines',
    'next',
  ])('a next page at %s is not followed, so no token leaves', async (link) => {
    const { vendor, apis, context } = await setUp(() => undefined);
    const reading = await apis.graph.readNext(context, link.replace('{same-host}', vendor.url));
    expect(reading).toMatchObject({ ok: false, failure: { code: 'invalid-response' } });
    expect(vendor.seen).toEqual([]);
  });
});

describe('ids of many digits', () => {
  test('come out of an answer as they were written, however that was', async () => {
    const text = '{"device":9007199254740993,"other":9.007199254740993e15,"size":12}';
    const { apis, context } = await setUp((one) =>
      one.path.startsWith('/login') ? undefined : { status: 200, text },
    );
    expect(await apis.graph.read(context, '/users/x')).toEqual({
      ok: true,
      body: { device: '9007199254740993', other: '9.007199254740993e15', size: 12 },
    });
  });
});
