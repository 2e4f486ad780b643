import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import { maria, object, useLab, ws0117 } from './lab-client.ts';

describe('the admin interface', () => {
  test('shows the estate with what the APIs hide, and no secret', async () => {
    const { admin, mde } = await useLab();
    await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x' });
    await admin('POST', '/clock', { advanceMs: 300 });
    const { body } = await admin('GET', '/state');
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining(['hosts', 'users', 'mails', 'chat', 'incidents']),
    );
    const hosts = Array.isArray(body.hosts) ? body.hosts.map(object) : [];
    expect(hosts.find((host) => object(host.machine).id === ws0117)).toMatchObject({
      isolation: 'Full',
      effects: { 'network-isolated': { applied: 1, released: 0, duplicates: 0 } },
    });
    expect(JSON.stringify(body)).not.toContain(labClient.secret);
  });

  test('counts effects and keeps them in order, with who and why', async () => {
    const { admin, mde, graph } = await useLab();
    await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'Case 7 [riposte k1]' });
    await graph('PATCH', `/users/${maria}`, { accountEnabled: false });
    await admin('POST', '/clock', { advanceMs: 300 });
    const { body } = await admin('GET', '/effects');
    expect(object(body.effects)[`network-isolated host:${ws0117}`]).toMatchObject({ orders: 1, applied: 1 });
    expect(body.journal).toMatchObject([
      {
        seq: 1,
        effect: 'network-isolated',
        change: 'ordered',
        by: 'riposte',
        comment: 'Case 7 [riposte k1]',
      },
      { seq: 2, effect: 'sign-in-blocked', target: `user:${maria}`, change: 'applied' },
      { seq: 3, effect: 'network-isolated', change: 'applied' },
    ]);
  });

  test('records calls without tokens and secrets', async () => {
    const { admin, mde } = await useLab();
    await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x' });
    const { body } = await admin('GET', '/calls');
    expect(body.total).toBe(3);
    expect(body.calls).toMatchObject([
      { method: 'POST', client: 'riposte', body: null, status: 200 },
      { method: 'POST', body: null, status: 200 },
      { url: `/mde/api/machines/${ws0117}/isolate`, body: '{"Comment":"x"}', status: 201, client: 'riposte' },
    ]);
    expect(JSON.stringify(body)).not.toContain(labClient.secret);
    expect(JSON.stringify(body)).not.toContain('Bearer');
  });

  test('sets and clears faults', async () => {
    const { admin, mde } = await useLab();
    const fault = { path: '/mde/*', times: null, does: { kind: 'fail-before', status: 500 } };
    expect((await admin('POST', '/faults', fault)).body.id).toBe(1);
    expect((await mde('GET', '/api/machines')).status).toBe(500);
    expect((await admin('GET', '/faults')).body.faults).toMatchObject([{ id: 1, struck: 1, left: null }]);
    await admin('DELETE', '/faults');
    expect((await mde('GET', '/api/machines')).status).toBe(200);
  });

  test.each([
    ['/faults', { path: '/mde/*', does: { kind: 'explode' } }],
    ['/faults', { path: '/mde/*', does: { kind: 'fail-before', status: 200 } }],
    ['/faults', { path: '/mde/*', does: { kind: 'delay' } }],
    ['/faults', { pathh: '/mde/*', path: 'x', does: { kind: 'drop-before' } }],
    ['/scenario', { duplicateIsolation: 'perhaps' }],
    ['/scenario', { duplicates: 'adopt' }],
    ['/scenario', { crowd: { hosts: 1, users: 0, mails: 0 } }],
    ['/clock', { advanceMs: -1 }],
    ['/clock', {}],
  ])('refuses on %s what it does not understand: %j', async (path, body) => {
    const { admin } = await useLab();
    const reply = await admin('POST', path, body);
    expect([reply.status, typeof reply.body.error]).toEqual([400, 'string']);
  });

  test('changes the scenario and starts over with another', async () => {
    const { admin, mde, lab } = await useLab();
    await admin('POST', '/scenario', { duplicateIsolation: 'refuse' });
    await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x' });
    expect((await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x' })).status).toBe(400);
    await admin('POST', '/reset', { duplicateIsolation: 'stuck', crowd: { hosts: 5, users: 5, mails: 5 } });
    const state = lab.estate.state();
    expect(state.scenario.duplicateIsolation).toBe('stuck');
    expect(state.hosts).toHaveLength(18 + 5);
    expect(lab.estate.effects().journal).toEqual([]);
    await admin('POST', '/reset');
    expect(lab.estate.state().scenario.duplicateIsolation).toBe('adopt');
    expect((await mde('GET', '/api/machines')).status).toBe(200);
  });

  test('answers nobody who came under another name', async () => {
    const { lab } = await useLab();
    const status = await new Promise((resolve, reject) => {
      const asking = request(`${lab.url}/lab/state`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asking.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('says what it has', async () => {
    const { admin } = await useLab();
    expect((await admin('GET', '')).body.calls).toContain('GET /lab/effects');
    expect((await admin('GET', '/nothing')).status).toBe(404);
  });
});
