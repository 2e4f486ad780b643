import { beforeEach, describe, expect, it } from 'vitest';
import type { ActionOutcome } from '../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Reply, Seen } from '../actions/support/start-vendor.ts';
import { credential, exampleSystem, openEndpoints } from './open-endpoints.ts';

let answer: (request: Seen) => Reply;
const scene = await openEndpoints((request) => answer(request));
beforeEach(() => {
  scene.vendor.seen.length = 0;
});

const address = '203.0.113.7';
const notBlocked: Reply = { status: 404, json: {} };
const asks = ({ method }: Seen) => method === 'GET';

async function block(reply: Reply, input: JsonObject = { address }): Promise<ActionOutcome> {
  answer = (request) => (asks(request) ? notBlocked : reply);
  return await scene.action('block-address').perform(scene.context(), scene.shown('block-address', input));
}

describe('what is sent', () => {
  it('is what the operator wrote, filled with what the playbook gave', async () => {
    const outcome = await block(
      { status: 201, json: { rule: { id: 'rule-9' }, more: 'x' } },
      { address, comment: 'Run 1' },
    );
    expect(outcome).toEqual({
      kind: 'succeeded',
      outputs: { status: 201, rule_id: 'rule-9' },
      changed: true,
    });
    expect(scene.lines()).toEqual(['GET /api/v1/blocks/203.0.113.7', 'POST /api/v1/blocks']);
    const post = scene.vendor.seen[1];
    expect(JSON.parse(post?.body ?? '')).toEqual({ address, comment: 'Run 1', list: 'riposte' });
    expect(post?.headers).toMatchObject({
      authorization: `Bearer ${credential}`,
      'content-type': 'application/json',
      'idempotency-key': 'k7q2m4n6p8r0s2t4v6w8x0y2z4a6b8c0',
    });
  });

  it('leaves out what was not given, in a body and in a query', async () => {
    await block({ status: 201, json: {} });
    expect(JSON.parse(scene.vendor.seen[1]?.body ?? '')).toEqual({ address, list: 'riposte' });
    answer = () => ({ status: 200, json: {} });
    const ticket = scene.action('open-ticket');
    await ticket.perform(scene.context(), scene.shown('open-ticket', { queue: 'soc', subject: 'a&b=c' }));
    await ticket.perform(
      scene.context(),
      scene.shown('open-ticket', { queue: 'soc', subject: 'x', urgent: true }),
    );
    expect(scene.lines().slice(2)).toEqual([
      'POST /api/v1/tickets/soc?from=riposte',
      'POST /api/v1/tickets/soc?urgent=true&from=riposte',
    ]);
  });

  it('is not taken for our doing where the system says that it was there already', async () => {
    const system = exampleSystem(({ endpoints }) => {
      const block = endpoints['block-address'];
      if (block !== undefined) block.expect = [201, 409];
    });
    answer = (request) => (asks(request) ? notBlocked : { status: 409, json: {} });
    const input = scene.shown('block-address', { address }, system);
    const outcome = await scene.action('block-address', system).perform(scene.context(), input);
    expect(outcome).toEqual({ kind: 'succeeded', outputs: { status: 409 } });
  });

  it('is not sent where the state holds already, or cannot be read', async () => {
    const blocked = { state: 'blocked', list: 'riposte', rule: { id: 'rule-2' } };
    answer = () => ({ status: 200, json: blocked });
    const action = scene.action('block-address');
    const input = scene.shown('block-address', { address });
    expect(await action.perform(scene.context(), input)).toEqual({
      kind: 'succeeded',
      outputs: { status: 200, rule_id: 'rule-2' },
      changed: false,
    });
    answer = () => ({ status: 500 });
    expect(await action.perform(scene.context(), input)).toMatchObject({
      kind: 'failed',
      failure: { code: 'unavailable', kind: 'retryable' },
    });
    expect(scene.lines()).toEqual(['GET /api/v1/blocks/203.0.113.7', 'GET /api/v1/blocks/203.0.113.7']);
  });
});

describe('an answer to a write', () => {
  it.each<[string, Reply, object]>([
    ['400', { status: 400 }, { code: 'invalid-request', kind: 'terminal' }],
    ['401', { status: 401 }, { code: 'unauthorized', kind: 'terminal' }],
    ['403', { status: 403 }, { code: 'forbidden', kind: 'terminal' }],
    ['404', { status: 404 }, { code: 'not-found', kind: 'terminal' }],
    ['409', { status: 409 }, { code: 'conflict', kind: 'terminal' }],
    [
      '429',
      { status: 429, headers: { 'retry-after': '7' } },
      { code: 'throttled', kind: 'retryable', retryAfterMs: 7_000 },
    ],
  ])('%s says that nothing happened', async (_status, reply, failure) => {
    expect(await block(reply)).toMatchObject({ kind: 'failed', failure });
  });

  it.each<[string, Reply]>([
    ['that does not come', 'drop'],
    ['of another 2xx than is expected', { status: 202, json: {} }],
    ['that leads elsewhere', { status: 307, headers: { location: 'http://169.254.169.254/' } }],
    ['408', { status: 408 }],
    ['500', { status: 500 }],
    ['503', { status: 503, headers: { 'retry-after': '1' } }],
    ['of more than 5 MiB', { status: 201, text: 'x'.repeat(5 * 1024 * 1024 + 1) }],
  ])('%s leaves it unknown, and is not followed', async (_what, reply) => {
    expect(await block(reply)).toMatchObject({ kind: 'unknown' });
    expect(scene.lines()).toEqual(['GET /api/v1/blocks/203.0.113.7', 'POST /api/v1/blocks']);
  });

  it('without what was to be handed on is a success all the same: it happened', async () => {
    expect(await block({ status: 201, text: '<html>' })).toEqual({
      kind: 'succeeded',
      outputs: { status: 201 },
      changed: true,
    });
    expect(await block({ status: 201, json: { rule: { id: 17 } } })).toMatchObject({
      outputs: { status: 201 },
    });
    expect(await block({ status: 201, json: { rule: { id: 'x'.repeat(65) } } })).toMatchObject({
      outputs: { status: 201 },
    });
  });

  it('that repeats the credential is handed on without it', async () => {
    const basic = Buffer.from(`riposte:${credential}`).toString('base64');
    answer = (request) =>
      asks(request) ? notBlocked : { status: 201, json: { rule: { id: `${credential} ${basic}` } } };
    const settings = { auth: 'basic', user: 'riposte' };
    const context = scene.context({ settings });
    const sending = scene.action('block-address').sends?.(context.connection, { address });
    const shows = sending?.ok === true ? sending.shows : {};
    const outcome = await scene.action('block-address').perform(context, { address, ...shows });
    expect(scene.vendor.seen[1]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(outcome).toMatchObject({ outputs: { rule_id: '[hidden] [hidden]' } });
    expect(JSON.stringify(shows)).not.toContain(credential);
  });
});

describe('an answer to a read', () => {
  const read = async (reply: Reply): Promise<ActionOutcome> => {
    answer = () => reply;
    return await scene.action('get-block').perform(scene.context(), { address });
  };

  it('is handed on as far as it is described', async () => {
    const json = { state: 'blocked', since: 5, secret: 'x' };
    expect(await read({ status: 200, json })).toEqual({
      kind: 'succeeded',
      outputs: { status: 200, state: 'blocked' },
    });
  });

  it.each<[string, Reply, object]>([
    [
      'that lacks what is needed',
      { status: 200, json: { state: 5 } },
      { code: 'invalid-response', kind: 'terminal' },
    ],
    ['that is no JSON', { status: 200, text: '<html>' }, { code: 'invalid-response', kind: 'terminal' }],
    ['that leads elsewhere', { status: 302, headers: { location: '/x' } }, { code: 'invalid-response' }],
    ['500', { status: 500 }, { code: 'unavailable', kind: 'retryable' }],
    ['that does not come', 'drop', { code: 'timeout', kind: 'retryable' }],
  ])('%s is a failure', async (_what, reply, failure) => {
    expect(await read(reply)).toMatchObject({ kind: 'failed', failure });
  });
});

describe('a connection', () => {
  const failureWith = async (extra: Parameters<typeof scene.context>[0]): Promise<unknown> => {
    answer = () => ({ status: 200, json: { state: 'x' } });
    const outcome = await scene.action('get-block').perform(scene.context(extra), { address });
    return outcome.kind === 'failed' ? outcome.failure : outcome;
  };

  it('whose credential has a line break sends nothing', async () => {
    const secrets = { credential: 'abc\r\nx-evil: 1' };
    expect(await failureWith({ secrets })).toMatchObject({ code: 'misconfigured' });
    expect(JSON.stringify(await failureWith({ secrets: {} }))).not.toContain('hidden-place');
    expect(scene.lines()).toEqual([]);
  });

  it('that signs in with a header of its own does', async () => {
    await failureWith({ settings: { auth: 'header', authHeader: 'X-Api-Key' } });
    expect(scene.vendor.seen[0]?.headers).toMatchObject({ 'x-api-key': credential });
    expect(scene.vendor.seen[0]?.headers.authorization).toBeUndefined();
    expect(await failureWith({ settings: { auth: 'header', authHeader: 'Host' } })).toMatchObject({
      code: 'misconfigured',
    });
    expect(await failureWith({ settings: { auth: 'digest' } })).toMatchObject({ code: 'misconfigured' });
  });

  it('to an address that is not allowed sends nothing', async () => {
    const failure = await failureWith({ settings: { url: 'http://169.254.169.254/latest' } });
    expect(failure).toMatchObject({ code: 'address-refused', kind: 'terminal' });
  });
});

describe('what was judged', () => {
  const perform = (input: JsonObject, settings = {}): Promise<ActionOutcome> => {
    answer = (request) => (asks(request) ? notBlocked : { status: 201, json: {} });
    return scene.action('block-address').perform(scene.context({ settings }), input);
  };
  const refused = { kind: 'failed', failure: { code: 'invalid-request', kind: 'terminal' } };

  it('does not go out under another definition, address or sign-in', async () => {
    const other = exampleSystem(({ endpoints }) => {
      const { request } = endpoints['block-address'] ?? {};
      if (request !== undefined) request.path = '/v2/blocks';
    });
    const silent = exampleSystem(({ endpoints }) => {
      const block = endpoints['block-address'];
      if (block !== undefined) block.expect = [200];
    });
    for (const system of [other, silent])
      expect(await perform(scene.shown('block-address', { address }, system))).toMatchObject(refused);
    const shown = scene.shown('block-address', { address });
    expect(await perform(shown, { url: `${scene.vendor.url}/other` })).toMatchObject(refused);
    expect(await perform(shown, { auth: 'none' })).toMatchObject(refused);
    expect(await perform({ ...shown, address: '203.0.113.8' })).toMatchObject(refused);
    expect(await perform({ address })).toMatchObject(refused);
    expect(scene.lines()).toEqual([]);
    expect(await perform(shown, { endpoints: '/elsewhere.json' })).toMatchObject({ kind: 'succeeded' });
  });

  it('is looked at where it was, and nowhere else', async () => {
    answer = () => notBlocked;
    const look = (system = exampleSystem(), settings = {}) =>
      scene
        .action('block-address', system)
        .check?.(scene.context({ settings }), scene.shown('block-address', { address }));
    const moved = exampleSystem(({ endpoints }) => {
      const block = endpoints['block-address'];
      if (block?.check !== undefined) block.check.path = '/v2/blocks/{address}';
    });
    expect(await look(moved)).toMatchObject({ kind: 'unknown' });
    expect(await look(exampleSystem(), { url: `${scene.vendor.url}/other` })).toMatchObject({
      kind: 'unknown',
    });
    expect(scene.lines()).toEqual([]);
    const read = exampleSystem(({ endpoints }) => {
      const block = endpoints['block-address'];
      if (block !== undefined) block.expect = [200];
    });
    expect(await look(read, { auth: 'none' })).toMatchObject({ kind: 'absent' });
  });

  it('goes out under other words for people', async () => {
    const said = exampleSystem(({ endpoints }) => {
      const block = endpoints['block-address'];
      if (block !== undefined) Object.assign(block, { title: 'Another title', timeoutMs: 5_000 });
    });
    expect(await perform(scene.shown('block-address', { address }, said))).toMatchObject({
      kind: 'succeeded',
    });
  });
});

describe('a check', () => {
  const check = async (reply: Reply) => {
    answer = () => reply;
    return await scene
      .action('block-address')
      .check?.(scene.context(), scene.shown('block-address', { address }));
  };

  it.each<[string, Reply, object]>([
    [
      'present',
      { status: 200, json: { state: 'blocked', list: 'riposte', rule: { id: 'r' } } },
      { outputs: { status: 200, rule_id: 'r' } },
    ],
    ['absent', { status: 404 }, { shows: { status: 404 } }],
    [
      'absent',
      { status: 200, json: { state: 'open', list: 'riposte' } },
      { shows: { status: 200, '/state': 'open' } },
    ],
    ['unknown', { status: 200, json: { list: 'riposte' } }, {}],
    ['unknown', { status: 200, text: '<html>' }, {}],
    ['unknown', { status: 403 }, {}],
    ['unknown', { status: 302 }, {}],
    ['unknown', 'drop', {}],
  ])('is %s', async (kind, reply, more) => {
    expect(await check(reply)).toMatchObject({ kind, ...more });
  });
});
