import { connect } from 'node:net';
import express from 'express';
import { afterAll, expect, test } from 'vitest';
import { sendPieces } from '../../api/http/send-pieces.ts';

/* An answer that is made while it is sent: over real sockets, with readers that do not read. */

async function serve(pieces: () => AsyncIterable<string>): Promise<number> {
  const app = express();
  app.get('/', (_request, response) => sendPieces(response, pieces(), 200));
  app.use(((_error, _request, response, _next) => response.destroy()) as express.ErrorRequestHandler);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

test('whoever takes nothing is let go, and nothing more is made for them', async () => {
  let made = 0;
  let over: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const port = await serve(async function* () {
    try {
      for (;;) {
        made += 1;
        yield 'x'.repeat(65_536);
      }
    } finally {
      over();
    }
  });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await ended;
  // What the system keeps on both sides of a connection, and nothing of ours.
  expect(made).toBeLessThan(1_000);
  socket.destroy();
});

test('what fails on the way is no whole answer', async () => {
  const port = await serve(async function* () {
    yield 'the first half';
    throw new Error('the database went away');
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test('what has an end is sent whole, and the connection serves the next one', async () => {
  const port = await serve(async function* () {
    for (const piece of ['a', 'b', 'c']) yield piece;
  });
  for (const _ of [1, 2]) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('abc');
});
