import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { guardHttp } from '../../engine/runtime/http/guard-http.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';

const seen: string[] = [];
const held: (() => void)[] = [];
const server = createServer((request, response) => {
  seen.push(request.url ?? '');
  held.push(() => response.end('{}'));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => void server.close());

it('a request that waited for a connection until the lease was over is not sent', async () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = createHttp({ allow: [origin], connections: 1 });
  let over = false;
  const guarded = guardHttp(http, () => {
    if (over) throw new Error('lease over');
  });
  const first = guarded.send({ method: 'GET', url: `${origin}/first` });
  await expect.poll(() => held.length).toBe(1);
  const second = guarded.send({ method: 'POST', url: `${origin}/second` });
  const refused = expect(second).rejects.toMatchObject({ name: 'HttpFailure', sent: 'before-send' });
  over = true;
  held[0]?.();
  await first;
  await refused;
  expect(seen).toEqual(['/first']);
  await http.close();
});
