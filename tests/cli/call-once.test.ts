import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { callOnce } from '../../api/cli/call-once.ts';
import type { Settings } from '../../api/cli/settings.ts';

/* What is asked for once, and how often the server hears it. */

async function serverOf(...answers: ((response: ServerResponse) => void)[]) {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    const answer = answers[keys.length];
    keys.push(request.headers['idempotency-key']);
    if (answer !== undefined) answer(response);
    else response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"run_1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = () => callOnce({ url, token: () => 't' } as Settings, '/v1/runs', {});
  return { ask, keys };
}

const problem = (status: number, code: string) => (response: ServerResponse) =>
  void response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ title: 'No', code, status }));

it.each([
  [500, 'request/internal'],
  [503, 'request/unavailable'],
  [409, 'request/in-progress'],
])(
  'a %i %s says nothing about whether it was done: it is asked again under the same key',
  async (status, code) => {
    const { ask, keys } = await serverOf(problem(status, code));
    expect(await ask()).toEqual({ id: 'run_1' });
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  },
);

it('a no is a no', async () => {
  const { ask, keys } = await serverOf(problem(409, 'request/conflict'));
  await expect(ask()).rejects.toThrow('No (request/conflict)');
  expect(keys).toHaveLength(1);
});

it('a no after an answer that got lost does not say that nothing was done', async () => {
  const { ask, keys } = await serverOf((response) => response.destroy(), problem(401, 'auth/required'));
  await expect(ask()).rejects.toThrow(/auth\/required[\s\S]*may have been done/);
  expect(keys).toHaveLength(2);
});

it('a redirect is neither followed nor asked again', async () => {
  const { ask, keys } = await serverOf(
    (response) => void response.writeHead(301, { location: 'https://example.invalid/' }).end(),
  );
  await expect(ask()).rejects.toThrow(/301[\s\S]*RIPOSTE_URL/);
  expect(keys).toHaveLength(1);
});

it('whoever has asked too often waits as told and asks again, under the same key', async () => {
  const { ask, keys } = await serverOf((response) => {
    const headers = { 'retry-after': '1', ratelimit: '"requests";r=0;t=1' };
    response.writeHead(429, { 'content-type': 'application/problem+json', ...headers }).end('{}');
  });
  expect(await ask()).toEqual({ id: 'run_1' });
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

it('does not wait where wrong tokens are slowed down', async () => {
  const { ask, keys } = await serverOf((response) => {
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '60' };
    response.writeHead(429, headers).end('{"title":"No","code":"request/rate-limited"}');
  });
  await expect(ask()).rejects.toThrow('No (request/rate-limited)');
  expect(keys).toHaveLength(1);
});
