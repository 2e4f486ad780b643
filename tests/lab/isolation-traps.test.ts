import { describe, expect, test } from 'vitest';
import { rows, useLab, ws0117 } from './lab-client.ts';

const isolate = `/api/machines/${ws0117}/isolate`;
const unisolate = `/api/machines/${ws0117}/unisolate`;
const comment = { Comment: 'x' };
const target = `host:${ws0117}`;

describe('a second isolate while the first is pending', () => {
  test('is answered with the pending action when the scenario adopts', async () => {
    const { mde, lab } = await useLab({ duplicateIsolation: 'adopt' });
    const first = await mde('POST', isolate, comment);
    const second = await mde('POST', isolate, comment);
    expect([second.status, second.body.id]).toEqual([201, first.body.id]);
    expect(lab.estate.effect('network-isolated', target)).toMatchObject({
      orders: 1,
      duplicates: 0,
      repeats: 1,
    });
  });

  test('is refused with the documented message when the scenario refuses', async () => {
    const { mde, lab } = await useLab({ duplicateIsolation: 'refuse' });
    await mde('POST', isolate, comment);
    const second = await mde('POST', isolate, comment);
    expect([second.status, second.code]).toEqual([400, 'BadRequest']);
    expect(second.body.error).toMatchObject({ message: 'Action is already in progress' });
    expect(lab.estate.effect('network-isolated', target)).toMatchObject({
      orders: 1,
      duplicates: 0,
      repeats: 1,
    });
  });

  test('is stuck until a release is through, and then isolates the host again', async () => {
    const { mde, lab } = await useLab({ duplicateIsolation: 'stuck' });
    await mde('POST', isolate, comment);
    const duplicate = await mde('POST', isolate, comment);
    lab.estate.advance(60_000);
    expect((await mde('GET', `/api/machineactions/${duplicate.body.id}`)).body.status).toBe('Pending');
    await mde('POST', unisolate, comment);
    lab.estate.advance(300);
    expect(lab.estate.host(ws0117).isolation).toBe('none');
    lab.estate.advance(300);
    expect(lab.estate.host(ws0117).isolation).toBe('Full');
    expect(lab.estate.effect('network-isolated', target)).toMatchObject({
      orders: 2,
      duplicates: 1,
      applied: 2,
      released: 1,
    });
  });

  test('does no harm when it is cancelled before the release', async () => {
    const { mde, lab } = await useLab({ duplicateIsolation: 'stuck' });
    await mde('POST', isolate, comment);
    await mde('POST', isolate, comment);
    lab.estate.advance(300);
    const pending = encodeURIComponent(`machineId eq '${ws0117}' and status eq 'Pending'`);
    for (const action of rows(await mde('GET', `/api/machineactions?$filter=${pending}`))) {
      await mde('POST', `/api/machineactions/${action.id}/cancel`, comment);
    }
    await mde('POST', unisolate, comment);
    lab.estate.advance(10_000);
    expect(lab.estate.host(ws0117).isolation).toBe('none');
  });
});

describe('an isolate of a host that is isolated already', () => {
  test.each(['adopt', 'refuse', 'stuck'] as const)(
    'counts as a duplicate (%s)',
    async (duplicateIsolation) => {
      const { mde, lab } = await useLab({ duplicateIsolation });
      await mde('POST', isolate, comment);
      lab.estate.advance(300);
      await mde('POST', isolate, comment);
      lab.estate.advance(300);
      expect(lab.estate.effect('network-isolated', target)).toMatchObject({
        orders: 2,
        applied: 1,
        duplicates: 1,
      });
    },
  );

  test('is none when it widens a selective isolation', async () => {
    const { mde, lab } = await useLab();
    await mde('POST', isolate, { ...comment, IsolationType: 'Selective' });
    lab.estate.advance(300);
    await mde('POST', isolate, { ...comment, IsolationType: 'Full' });
    lab.estate.advance(300);
    expect(lab.estate.host(ws0117).isolation).toBe('Full');
    expect(lab.estate.effect('network-isolated', target)).toMatchObject({ applied: 2, duplicates: 0 });
  });

  test('is none when a release is under way', async () => {
    const { mde, lab } = await useLab();
    await mde('POST', isolate, comment);
    lab.estate.advance(300);
    await mde('POST', unisolate, comment);
    await mde('POST', isolate, comment);
    lab.estate.advance(300);
    expect(lab.estate.host(ws0117).isolation).toBe('Full');
    expect(lab.estate.effect('network-isolated', target)).toMatchObject({
      applied: 2,
      released: 1,
      duplicates: 0,
    });
  });
});
