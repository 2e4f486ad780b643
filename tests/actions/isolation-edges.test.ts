import { afterEach, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { type Desk, openDesk } from './support/open-desk.ts';
import { check, confirm, perform } from './support/perform.ts';
import type { Reply, Seen } from './support/start-vendor.ts';

const machineId = '0f1e2d3c4b5a69788796a5b4c3d2e1f001122334';
const input = { host_id: machineId, scope: 'full', comment: 'Case 4711' };
const listPath = '/mde/api/machineactions?';

const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

function row(id: string, type: string, status: string, minute: number, more: JsonObject = {}): JsonObject {
  return {
    id,
    type,
    status,
    scope: type === 'Isolate' ? 'Full' : null,
    machineId,
    computerDnsName: 'ws-0117.contoso.com',
    requestorComment: 'by hand',
    creationDateTimeUtc: `2026-11-20T10:${String(minute).padStart(2, '0')}:00.0000000Z`,
    ...more,
  };
}

/** A vendor with a list of actions that the test holds in its hands. */
async function withActions(
  rows: JsonObject[],
  other: (request: Seen) => Reply | undefined = () => undefined,
) {
  const desk = await openDesk((request) => {
    const answered = other(request);
    if (answered !== undefined) return answered;
    if (request.path.startsWith(listPath)) {
      const fields = new URL(`http://x${request.path}`).searchParams;
      const skip = Number(fields.get('$skip') ?? '0');
      return { status: 200, json: { value: rows.slice(skip, skip + Number(fields.get('$top'))) } };
    }
    if (request.method === 'POST' && request.path.endsWith('isolate')) {
      return {
        status: 201,
        json: row('new', request.path.endsWith('unisolate') ? 'Unisolate' : 'Isolate', 'Pending', 59),
      };
    }
    return undefined;
  });
  desks.push(desk);
  return desk;
}

const orders = (desk: Desk) => desk.vendor.calls().filter((call) => call.startsWith('POST'));
const bodyOf = (desk: Desk): Json =>
  JSON.parse(
    desk.vendor.seen.find((one) => one.method === 'POST' && one.path.startsWith('/mde'))?.body ?? 'null',
  ) as Json;

describe('the order', () => {
  test('is written as the vendor spells it, on one line, with our key at its end', async () => {
    const desk = await withActions([]);
    const outcome = await perform(desk.action('edr.isolate-host'), desk.context({ actionKey: 'key1' }), {
      host_id: machineId.toUpperCase(),
      comment: 'Case 4711\r\nforged line',
    });
    expect(outcome).toMatchObject({
      kind: 'accepted',
      handle: { machine_action_id: 'new', polls: 0 },
      pollAfterMs: 20,
    });
    expect(orders(desk)).toEqual([`POST /mde/api/machines/${machineId}/isolate`]);
    expect(bodyOf(desk)).toEqual({ Comment: 'Case 4711 forged line [riposte key1]', IsolationType: 'Full' });
  });

  test('asks for all isolation actions of exactly this machine first', async () => {
    const desk = await withActions([]);
    await perform(desk.action('edr.isolate-host'), desk.context(), input);
    const asked = new URL(`http://x${desk.vendor.seen.find((one) => one.method === 'GET')?.path}`)
      .searchParams;
    expect(asked.get('$filter')).toBe(
      `machineId eq '${machineId}' and (type eq 'Isolate' or type eq 'Unisolate')`,
    );
    expect(asked.get('$top')).toBe('50');
  });

  test.each(['H17', 'ws-0117.contoso.com', `${machineId}/unisolate`, "' or 1 eq 1", `${machineId}0`])(
    'is refused for the host id %s, and nothing is sent',
    async (hostId) => {
      const desk = await withActions([]);
      const outcome = await perform(desk.action('edr.isolate-host'), desk.context(), { host_id: hostId });
      expect(outcome).toMatchObject({
        kind: 'failed',
        failure: { code: 'invalid-request', kind: 'terminal' },
      });
      expect(desk.vendor.seen).toEqual([]);
    },
  );

  test('is not given when the decisive action stands on the second page', async () => {
    const old = Array.from({ length: 50 }, (_, index) =>
      row(`old-${index}`, 'Unisolate', 'Succeeded', index % 50),
    );
    const desk = await withActions([...old, row('newest', 'Isolate', 'Succeeded', 58)]);
    const outcome = await perform(desk.action('edr.isolate-host'), desk.context(), input);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      changed: false,
      outputs: { machine_action_id: 'newest' },
    });
    expect(orders(desk)).toEqual([]);
  });

  test.each<[string, JsonObject[] | Json]>([
    ['a row without a status', [{ ...row('a', 'Isolate', 'x', 1), status: null }]],
    ['a row without a time', [row('a', 'Isolate', 'Pending', 1, { creationDateTimeUtc: 'yesterday' })]],
    ['no list', 'nothing'],
    ['a list of texts', ['a']],
  ])('is not given on the ground of %s', async (_what, rows) => {
    const desk = await withActions([], (request) =>
      request.path.startsWith(listPath) ? { status: 200, json: { value: rows as Json } } : undefined,
    );
    const outcome = await perform(desk.action('edr.isolate-host'), desk.context(), input);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { code: 'invalid-response', kind: 'terminal' },
    });
    expect(orders(desk)).toEqual([]);
  });
});

describe('an order whose answer is lost', () => {
  test.each<[string, Reply]>([
    ['by a dropped connection', 'drop'],
    ['behind a 500', { status: 500, json: { error: { code: 'InternalServerError' } } }],
    ['behind a 504', { status: 504 }],
    ['in an answer that cannot be read', { status: 201, json: { id: 'x' } }],
    ['in an empty answer', { status: 201 }],
  ])('%s is unknown and given once', async (_what, reply) => {
    const desk = await withActions([], (request) => (request.path.endsWith('/isolate') ? reply : undefined));
    expect(await perform(desk.action('edr.isolate-host'), desk.context(), input)).toMatchObject({
      kind: 'unknown',
    });
    expect(orders(desk)).toHaveLength(1);
  });

  test('is found again by check, and known to be ours', async () => {
    const mine = row('mine', 'Isolate', 'Pending', 30, { requestorComment: 'Case 4711 [riposte key1]' });
    const desk = await withActions([mine]);
    const outcome = await check(desk.action('edr.isolate-host'), desk.context({ actionKey: 'key1' }), input);
    expect(outcome).toMatchObject({
      kind: 'in-transition',
      handle: { machine_action_id: 'mine', ours: true },
    });
    expect(orders(desk)).toEqual([]);
  });
});

describe('"Action is already in progress"', () => {
  const refusal: Reply = {
    status: 400,
    json: { error: { code: 'BadRequest', message: 'ACTION IS ALREADY IN PROGRESS for x' } },
  };

  test('adopts what is pending by then', async () => {
    const rows: JsonObject[] = [];
    const desk = await withActions(rows, (request) => {
      if (!request.path.endsWith('/isolate')) return undefined;
      rows.push(row('theirs', 'Isolate', 'InProgress', 20));
      return refusal;
    });
    const outcome = await perform(desk.action('edr.isolate-host'), desk.context(), input);
    expect(outcome).toMatchObject({ kind: 'accepted', handle: { machine_action_id: 'theirs', ours: false } });
    expect(orders(desk)).toHaveLength(1);
  });

  test('with nothing pending in the list is left to a later attempt', async () => {
    const desk = await withActions([], (request) =>
      request.path.endsWith('/isolate') ? refusal : undefined,
    );
    const outcome = await perform(desk.action('edr.isolate-host'), desk.context(), input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
    expect(orders(desk)).toHaveLength(1);
  });

  test('is the only message that is branched on', async () => {
    const desk = await withActions([], (request) =>
      request.path.endsWith('/isolate')
        ? { status: 400, json: { error: { code: 'BadRequest', message: 'Already isolated' } } }
        : undefined,
    );
    const outcome = await perform(desk.action('edr.isolate-host'), desk.context(), input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request', kind: 'terminal' } });
  });
});

describe('what opposes', () => {
  const stuck = () => [
    row('done', 'Isolate', 'Succeeded', 1),
    row('stuck', 'Isolate', 'Pending', 2),
    row('stuck too', 'Isolate', 'InProgress', 3),
  ];

  test('is cancelled before a release is posted, all of it, and read again', async () => {
    const rows = stuck();
    const desk = await withActions(rows, (request) => {
      const cancelled = /machineactions\/([^/]+)\/cancel$/.exec(request.path)?.[1];
      const found = rows.find((one) => one.id === decodeURIComponent(cancelled ?? ''));
      if (found === undefined) return undefined;
      found.status = 'Cancelled';
      return { status: 200, json: found };
    });
    const outcome = await perform(desk.action('edr.release-host'), desk.context(), { host_id: machineId });
    expect(outcome).toMatchObject({ kind: 'accepted' });
    expect(orders(desk)).toEqual([
      'POST /mde/api/machineactions/stuck too/cancel',
      'POST /mde/api/machineactions/stuck/cancel',
      `POST /mde/api/machines/${machineId}/unisolate`,
    ]);
  });

  test.each([
    ['edr.isolate-host', 'Isolate', 'Unisolate', input],
    ['edr.release-host', 'Unisolate', 'Isolate', { host_id: machineId }],
  ])('of somebody else that %s calls off is no state that was found', async (key, own, opposite, given) => {
    const opposing = row('theirs', opposite, 'Pending', 2);
    const desk = await withActions([row('done', own, 'Succeeded', 1), opposing], (request) => {
      if (!request.path.endsWith('/theirs/cancel')) return undefined;
      const { Comment: comment } = JSON.parse(request.body) as { Comment: string };
      Object.assign(opposing, { status: 'Cancelled', cancellationComment: comment });
      return { status: 200, json: opposing };
    });
    const outcome = await perform(desk.action(key), desk.context({ actionKey: 'key1' }), given);
    expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { machine_action_id: 'done' } });
    // without us the device would be otherwise now: whether that is taken back, a person says
    expect(outcome.kind === 'succeeded' ? outcome.changed : null).toBeUndefined();

    const later = { machine_action_id: 'done', ours: false, polls: 0 };
    const confirmed = await confirm(desk.action(key), desk.context({ actionKey: 'key1' }), given, later);
    expect(confirmed.kind === 'succeeded' ? confirmed.changed : null).toBeUndefined();
    expect(await perform(desk.action(key), desk.context({ actionKey: 'key2' }), given)).toMatchObject({
      kind: 'succeeded',
      changed: false,
    });
  });

  test('and cannot be cancelled stops the release, to be tried again later', async () => {
    const desk = await withActions(stuck(), (request) =>
      request.path.endsWith('/cancel') ? { status: 400, json: { error: { code: 'BadRequest' } } } : undefined,
    );
    const outcome = await perform(desk.action('edr.release-host'), desk.context(), { host_id: machineId });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
    expect(orders(desk).some((call) => call.endsWith('unisolate'))).toBe(false);
  });

  test.each<[string, Reply, object]>([
    ['lost', 'drop', { kind: 'unknown' }],
    ['forbidden', { status: 403 }, { kind: 'failed', failure: { code: 'forbidden' } }],
    [
      'throttled',
      { status: 429, headers: { 'retry-after': '2' } },
      { kind: 'failed', failure: { code: 'throttled', retryAfterMs: 2000 } },
    ],
  ])('with a cancellation that is %s does not lead to a release', async (_what, reply, expected) => {
    const desk = await withActions(stuck(), (request) =>
      request.path.endsWith('/cancel') ? reply : undefined,
    );
    expect(
      await perform(desk.action('edr.release-host'), desk.context(), { host_id: machineId }),
    ).toMatchObject(expected);
    expect(orders(desk)).toHaveLength(1);
  });
});

describe('a confirmation', () => {
  const handle = { machine_action_id: 'mine', ours: true, polls: 0 };

  test('waits 5, 15 and then 60 seconds in the measure of the connection', async () => {
    const desk = await withActions([row('mine', 'Isolate', 'Pending', 5)]);
    const action = desk.action('edr.isolate-host');
    const context = desk.context({ settings: { pollMs: '5000' } });
    const first = await perform(action, context, input);
    const waits: number[] = [];
    for (let outcome = first; outcome.kind === 'accepted' && waits.length < 4; ) {
      waits.push(outcome.pollAfterMs);
      outcome = await confirm(action, context, input, outcome.handle);
    }
    expect(waits).toEqual([5000, 15_000, 60_000, 60_000]);
  });

  test.each([
    ['Failed', 'target-failed'],
    ['TimeOut', 'target-timed-out'],
    ['Cancelled', 'target-cancelled'],
  ])('of an order that ended as %s fails with %s', async (status, code) => {
    const desk = await withActions([row('mine', 'Isolate', status, 5)]);
    const outcome = await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code, kind: 'terminal' } });
  });

  test('takes success from the list: a release that succeeded later took the state back', async () => {
    const desk = await withActions([
      row('mine', 'Isolate', 'Succeeded', 5),
      row('theirs', 'Unisolate', 'Succeeded', 6),
    ]);
    const outcome = await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'conflict', kind: 'terminal' } });
  });

  test('of a release does not believe in it while an isolation is pending behind it', async () => {
    const desk = await withActions([
      row('mine', 'Unisolate', 'Succeeded', 5),
      row('stuck', 'Isolate', 'Pending', 2),
    ]);
    const outcome = await confirm(
      desk.action('edr.release-host'),
      desk.context(),
      { host_id: machineId },
      handle,
    );
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
  });

  test('of a duplicate that stays pending ends when the device is isolated anyway', async () => {
    const desk = await withActions([
      row('done', 'Isolate', 'Succeeded', 3),
      row('mine', 'Isolate', 'Pending', 5),
    ]);
    const outcome = await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      changed: false,
      outputs: { machine_action_id: 'done' },
    });
  });

  test('of an adopted selective isolation does not claim a full one', async () => {
    const desk = await withActions([row('mine', 'Isolate', 'Succeeded', 5, { scope: 'Selective' })]);
    const outcome = await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'conflict', kind: 'retryable' } });
  });

  test.each([
    ['by hand', undefined],
    ['Case 4711 [riposte another]', true],
  ])(
    'of an isolation that raised a selective one given %s says whether it is ours alone',
    async (who, changed) => {
      const selective = { scope: 'Selective', requestorComment: who };
      const rows = [
        row('released', 'Unisolate', 'Succeeded', 1),
        row('theirs', 'Isolate', 'Succeeded', 2, selective),
      ];
      const desk = await withActions([...rows, row('mine', 'Isolate', 'Succeeded', 5)]);
      const outcome = await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle);
      expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { machine_action_id: 'mine' } });
      // without `changed` the undo asks a person: a release would take their isolation back as well
      expect(outcome.kind === 'succeeded' ? outcome.changed : null).toBe(changed);
    },
  );

  test('of an isolation before which theirs was taken back says that it is ours', async () => {
    const desk = await withActions([
      row('theirs', 'Isolate', 'Succeeded', 1),
      row('released', 'Unisolate', 'Succeeded', 2),
      row('mine', 'Isolate', 'Succeeded', 5),
    ]);
    expect(await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle)).toMatchObject({
      kind: 'succeeded',
      changed: true,
    });
  });

  test('asks for the one action when the list has lost it', async () => {
    const desk = await withActions([], (request) =>
      request.path === '/mde/api/machineactions/mine'
        ? { status: 200, json: row('mine', 'Isolate', 'InProgress', 5) }
        : undefined,
    );
    const outcome = await confirm(desk.action('edr.isolate-host'), desk.context(), input, handle);
    expect(outcome).toMatchObject({ kind: 'accepted', handle: { machine_action_id: 'mine', polls: 1 } });
  });
});

describe('a check', () => {
  test('changes nothing, whatever it finds', async () => {
    const states = [
      [],
      [row('a', 'Isolate', 'Pending', 1)],
      [row('a', 'Unisolate', 'Pending', 1)],
      [row('a', 'Isolate', 'Succeeded', 1)],
    ];
    const found: string[] = [];
    for (const rows of states) {
      const desk = await withActions(rows);
      found.push((await check(desk.action('edr.isolate-host'), desk.context(), input)).kind);
      expect(orders(desk)).toEqual([]);
    }
    expect(found).toEqual(['absent', 'in-transition', 'absent', 'present']);
  });

  test('does not call our own order absent while it can still be carried out, whatever opposes it', async () => {
    const rows = [
      row('theirs', 'Unisolate', 'Pending', 1),
      row('mine', 'Isolate', 'Pending', 2, { requestorComment: 'Case 4711 [riposte key1]' }),
    ];
    const desk = await withActions(rows);
    const action = desk.action('edr.isolate-host');
    const ours = await check(action, desk.context({ actionKey: 'key1' }), input);
    expect(ours).toMatchObject({
      kind: 'in-transition',
      handle: { machine_action_id: 'mine', ours: true },
    });
    const somebodyElses = await check(action, desk.context({ actionKey: 'key2' }), input);
    expect(somebodyElses).toMatchObject({ kind: 'absent', shows: { machine_action_id: 'theirs' } });
    expect(orders(desk)).toEqual([]);
  });

  test('that cannot read says so instead of guessing', async () => {
    const desk = await withActions([], () => ({ status: 503 }));
    expect((await check(desk.action('edr.isolate-host'), desk.context(), input)).kind).toBe('unknown');
  });
});
