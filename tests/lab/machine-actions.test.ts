import { describe, expect, test } from 'vitest';
import { call, mdeScope, rows, tokenFor, useLab, ws0117 } from './lab-client.ts';

const isolate = `/api/machines/${ws0117}/isolate`;
const unisolate = `/api/machines/${ws0117}/unisolate`;
const full = { Comment: 'Case 1', IsolationType: 'Full' };

describe('an isolate order', () => {
  test('goes from Pending over InProgress to Succeeded, and isolates only then', async () => {
    const { mde, lab } = await useLab({ machineActionDelaysMs: { toInProgress: 100, toFinal: 200 } });
    const created = await mde('POST', isolate, full);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      type: 'Isolate',
      status: 'Pending',
      scope: 'Full',
      machineId: ws0117,
      requestor: 'riposte',
      requestorComment: 'Case 1',
    });
    const statuses: unknown[] = [];
    for (const ms of [99, 1, 199, 1]) {
      lab.estate.advance(ms);
      const { body } = await mde('GET', `/api/machineactions/${created.body.id}`);
      statuses.push([body.status, lab.estate.host(ws0117).isolation]);
    }
    expect(statuses).toEqual([
      ['Pending', 'none'],
      ['InProgress', 'none'],
      ['InProgress', 'none'],
      ['Succeeded', 'Full'],
    ]);
    expect(lab.estate.effect('network-isolated', `host:${ws0117}`)).toMatchObject({
      orders: 1,
      applied: 1,
      released: 0,
      duplicates: 0,
    });
  });

  test('runs by itself on a real clock', async () => {
    const { mde, lab } = await useLab({
      clock: 'real',
      machineActionDelaysMs: { toInProgress: 5, toFinal: 5 },
    });
    await mde('POST', isolate, full);
    await expect.poll(() => lab.estate.host(ws0117).isolation).toBe('Full');
  });

  test.each([
    ['lower-case properties', { comment: 'x', isolationType: 'Full' }, 'MissingRequiredParameter'],
    ['no comment', { IsolationType: 'Full' }, 'MissingRequiredParameter'],
    ['an empty comment', { Comment: '', IsolationType: 'Full' }, 'MissingRequiredParameter'],
    [
      'a lower-case property beside the comment',
      { Comment: 'x', isolationType: 'Full' },
      'InvalidRequestBody',
    ],
    ['an unknown property', { Comment: 'x', Force: true }, 'InvalidRequestBody'],
    ['a lower-case enum value', { Comment: 'x', IsolationType: 'full' }, 'InvalidInput'],
    ['a comment that is no text', { Comment: 7 }, 'InvalidInput'],
    ['a list', [full], 'InvalidRequestBody'],
  ])('with %s is refused and does nothing', async (_what, body, code) => {
    const { mde, lab } = await useLab();
    const reply = await mde('POST', isolate, body);
    expect([reply.status, reply.code]).toEqual([400, code]);
    lab.estate.advance(1000);
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('that is no JSON, or does not say that it is, is refused', async () => {
    const { lab } = await useLab();
    const token = await tokenFor(lab, mdeScope);
    const url = `${lab.url}/mde${isolate}`;
    const broken = await call(url, { method: 'POST', token, text: '{"Comment":', type: 'application/json' });
    expect([broken.status, broken.code]).toEqual([400, 'InvalidRequestBody']);
    const plain = await call(url, { method: 'POST', token, text: JSON.stringify(full), type: 'text/plain' });
    expect([plain.status, plain.code]).toEqual([400, 'InvalidRequestBody']);
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('takes the machine id only, never the name', async () => {
    const { mde } = await useLab();
    const reply = await mde('POST', '/api/machines/ws-0117.contoso.com/isolate', full);
    expect([reply.status, reply.code]).toEqual([404, 'ResourceNotFound']);
  });

  test.each([
    ['mri-01', 'Full', 'OsPlatformNotSupported'],
    ['build-02', 'Full', 'ClientVersionNotSupported'],
    ['mac-0042', 'Selective', 'OsPlatformNotSupported'],
    ['cam-17', 'Full', 'BadRequest'],
    ['ws-0117', 'UnManagedDevice', 'BadRequest'],
  ])('for %s with %s is refused with %s', async (name, type, code) => {
    const { mde, lab } = await useLab();
    const { id } = lab.estate.host(name).machine;
    const reply = await mde('POST', `/api/machines/${id}/isolate`, { Comment: 'x', IsolationType: type });
    expect([reply.status, reply.code]).toEqual([400, code]);
  });

  test('contains an unmanaged device', async () => {
    const { mde, lab } = await useLab();
    const { id } = lab.estate.host('cam-17').machine;
    await mde('POST', `/api/machines/${id}/isolate`, { Comment: 'x', IsolationType: 'UnManagedDevice' });
    lab.estate.advance(1000);
    expect(lab.estate.host('cam-17').isolation).toBe('UnManagedDevice');
  });

  test('for a device that is switched off stays Pending for three days and then times out', async () => {
    const { mde, lab } = await useLab();
    const { id } = lab.estate.host('lt-0099').machine;
    const created = await mde('POST', `/api/machines/${id}/isolate`, full);
    const dayMs = 24 * 60 * 60 * 1000;
    lab.estate.advance(3 * dayMs - 1);
    expect(lab.estate.host(id).actions).toMatchObject([{ id: created.body.id, status: 'Pending' }]);
    lab.estate.advance(1);
    expect(lab.estate.host(id).actions).toMatchObject([{ status: 'TimeOut' }]);
    expect(lab.estate.effect('network-isolated', `host:${id}`)).toMatchObject({ applied: 0, failed: 1 });
  });
});

describe('a release', () => {
  test('ends the isolation', async () => {
    const { mde, lab } = await useLab();
    await mde('POST', isolate, full);
    lab.estate.advance(300);
    const released = await mde('POST', unisolate, { Comment: 'clean' });
    expect(released.body).toMatchObject({ type: 'Unisolate', status: 'Pending', scope: null });
    lab.estate.advance(300);
    expect(lab.estate.host(ws0117).isolation).toBe('none');
    expect(lab.estate.effect('network-isolated', `host:${ws0117}`)).toMatchObject({
      orders: 1,
      releaseOrders: 1,
      applied: 1,
      released: 1,
      duplicates: 0,
    });
  });

  test('takes no isolation type', async () => {
    const { mde } = await useLab();
    expect((await mde('POST', unisolate, full)).code).toBe('InvalidRequestBody');
  });

  test('of a host that is not isolated counts as a duplicate', async () => {
    const { mde, lab } = await useLab();
    await mde('POST', unisolate, { Comment: 'x' });
    lab.estate.advance(300);
    const counters = lab.estate.effect('network-isolated', `host:${ws0117}`);
    expect(counters).toMatchObject({ releaseOrders: 1, released: 0, duplicates: 1 });
  });
});

describe('cancelling', () => {
  test('stops an action that is not final, and never one that is', async () => {
    const { mde, lab } = await useLab();
    const { body } = await mde('POST', isolate, full);
    const cancelled = await mde('POST', `/api/machineactions/${body.id}/cancel`, { Comment: 'no' });
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({
      status: 'Cancelled',
      cancellationRequestor: 'riposte',
      cancellationComment: 'no',
    });
    lab.estate.advance(1000);
    expect(lab.estate.host(ws0117).isolation).toBe('none');
    const again = await mde('POST', `/api/machineactions/${body.id}/cancel`, { Comment: 'no' });
    expect([again.status, again.code]).toEqual([400, 'BadRequest']);
  });

  test('needs a comment and an action that exists', async () => {
    const { mde } = await useLab();
    const { body } = await mde('POST', isolate, full);
    expect((await mde('POST', `/api/machineactions/${body.id}/cancel`, {})).code).toBe(
      'MissingRequiredParameter',
    );
    expect((await mde('POST', '/api/machineactions/nothing/cancel', { Comment: 'x' })).status).toBe(404);
  });
});

describe('the list of machine actions', () => {
  async function withHistory() {
    const user = await useLab({ machineActionDelaysMs: { toInProgress: 1, toFinal: 1 } });
    const { mde, lab } = user;
    for (let round = 0; round < 3; round += 1) {
      await mde('POST', isolate, { Comment: `on ${round}` });
      lab.estate.advance(1000);
      await mde('POST', unisolate, { Comment: `off ${round}` });
      lab.estate.advance(1000);
    }
    await mde('POST', `/api/machines/${lab.estate.host('ws-0244').machine.id}/isolate`, full);
    return user;
  }

  const listed = (filter: string) => `/api/machineactions?$filter=${encodeURIComponent(filter)}`;

  test('filters by documented fields with and, or and parentheses', async () => {
    const { mde } = await withHistory();
    const isolations = `machineId eq '${ws0117}' and (type eq 'Isolate' or type eq 'Unisolate')`;
    expect(rows(await mde('GET', listed(isolations)))).toHaveLength(6);
    expect(rows(await mde('GET', listed(`machineId eq '${ws0117}' and type eq 'Isolate'`)))).toHaveLength(3);
    expect(rows(await mde('GET', listed("status eq 'Pending'")))).toHaveLength(1);
    expect(rows(await mde('GET', listed(`machineId eq '${ws0117}' or status eq 'Pending'`)))).toHaveLength(7);
    const inner = `type eq 'Isolate' and (machineId eq '${ws0117}' or status eq 'Pending')`;
    expect(rows(await mde('GET', listed(inner)))).toHaveLength(4);
    expect(rows(await mde('GET', listed('creationDateTimeUtc lt 2020-01-01T00:00:00Z')))).toHaveLength(0);
  });

  test('refuses fields that are not documented', async () => {
    const { mde } = await useLab();
    for (const filter of [
      "scope eq 'Full'",
      "computerDnsName eq 'ws-0117'",
      'lastUpdateDateTimeUtc gt 2020-01-01T00:00:00Z',
    ]) {
      const reply = await mde('GET', listed(filter));
      expect([filter, reply.status, reply.code]).toEqual([filter, 400, 'ODataError']);
    }
  });

  test('comes in no order of age, and pages without losing rows', async () => {
    const { mde } = await withHistory();
    const all = rows(await mde('GET', '/api/machineactions'));
    const times = all.map((row) => String(row.creationDateTimeUtc));
    expect(times).not.toEqual(times.toSorted());
    expect(times).not.toEqual(times.toSorted().reverse());
    const pages: unknown[] = [];
    for (const skip of [0, 3, 6])
      pages.push(...rows(await mde('GET', `/api/machineactions?$top=3&$skip=${skip}`)));
    expect(pages).toEqual(all);
  });

  test('spells the last update differently from a single action', async () => {
    const { mde } = await useLab();
    const { body } = await mde('POST', isolate, full);
    const [row] = rows(await mde('GET', '/api/machineactions'));
    expect(Object.keys(body)).toContain('lastUpdateDateTimeUtc');
    expect(Object.keys(row ?? {})).toContain('lastUpdateTimeUtc');
    expect(Object.keys(row ?? {})).not.toContain('lastUpdateDateTimeUtc');
    expect(row?.creationDateTimeUtc).toMatch(/\.\d{7}Z$/);
  });
});
