import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { call, graphScope, maria, mdeScope, startTestLab, tokenFor, useLab, ws0117 } from './lab-client.ts';

const paths = [
  `/mde/api/machines/${ws0117}/isolate`,
  `/mde/api/machines/${ws0117}/unisolate`,
  '/mde/api/machineactions/x/cancel',
  '/graph/v1.0/security/incidents/2972399/comments',
  '/graph/v1.0/security/collaboration/analyzedEmails/remediate',
  '/chat/webhook/soc',
  '/login/x/oauth2/v2.0/token',
  '/lab/faults',
  '/lab/scenario',
  '/lab/clock',
];

describe('whatever is sent', () => {
  test('any JSON as a body is answered, never with a defect', async () => {
    const lab = await startTestLab();
    const tokens = { mde: await tokenFor(lab, mdeScope), graph: await tokenFor(lab, graphScope) };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.json(), async (path, text) => {
        const token = path.startsWith('/graph') ? tokens.graph : tokens.mde;
        const reply = await call(lab.url + path, { method: 'POST', token, text, type: 'application/json' });
        // an empty object is a scenario that changes nothing
        const least = path === '/lab/scenario' ? 200 : 400;
        expect(reply.status).toBeGreaterThanOrEqual(least);
        expect(reply.status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('any filter and any option is answered, never with a defect', async () => {
    const { mde, graph } = await useLab();
    const word = fc.constantFrom(
      "'a'",
      'eq',
      'and',
      'or',
      '(',
      ')',
      'machineId',
      'status',
      'any',
      ',',
      ':',
      '1',
      'null',
      '2026-11-20T10:00:00Z',
      "'",
    );
    const filter = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    );
    const option = fc.constantFrom(
      '$filter',
      '$top',
      '$skip',
      '$skiptoken',
      '$select',
      'startTime',
      '$expand',
    );
    await fc.assert(
      fc.asyncProperty(option, filter, async (name, value) => {
        const query = `${name}=${encodeURIComponent(value.toWellFormed())}`;
        for (const reply of [
          await mde('GET', `/api/machineactions?${query}`),
          await graph('GET', `/users/${maria}/memberOf?${query}`),
          await graph('GET', `/security/collaboration/analyzedEmails?endTime=2026-11-20T10:00:00Z&${query}`),
          await graph('GET', `/security/incidents?${query}`),
        ]) {
          expect(reply.status).toBeLessThan(500);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('any path is answered in some error form', async () => {
    const lab = await startTestLab();
    for (const path of [
      '/',
      '//',
      '/mde',
      '/graph//',
      '/mde/api/machines/%E0%A4%A',
      '/login',
      '/chat/webhook/',
      '/x',
      '/__proto__',
      '/lab/../x',
      '/%00',
    ]) {
      const { status } = await call(lab.url + path);
      expect([path, Math.floor(status / 100)]).toEqual([path, 4]);
    }
  });

  test('bytes that are no HTTP and bodies that break off leave the lab standing', async () => {
    const { lab, mde } = await useLab();
    const { port } = new URL(lab.url);
    for (const bytes of [
      '\u0000\u0001\u0002\r\n\r\n',
      `POST /mde/api/machines/${ws0117}/isolate HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"Comm`,
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(bytes, () => socket.destroy());
        });
        socket.on('close', () => resolve()).on('error', () => resolve());
      });
    }
    expect((await mde('GET', '/api/machines')).status).toBe(200);
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('a body that is far too large is refused', async () => {
    const lab = await startTestLab();
    const text = 'x'.repeat(9 * 1024 * 1024);
    const asked = call(`${lab.url}/chat/webhook/soc`, { method: 'POST', text, type: 'application/json' });
    const status = await asked.then(
      (reply) => reply.status,
      () => 'connection closed',
    );
    expect([413, 'connection closed']).toContain(status);
    expect(lab.estate.messages()).toEqual([]);
  });
});
