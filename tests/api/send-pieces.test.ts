import { connect } from 'node:net';
import express from 'express';
import { afterAll, expect, test } from 'vitest';
import { sendPieces } from '../../api/http/send-pieces.ts';

/* An answer that is made while it is sent: over real sockets, with readers that do not read. */

async function serve(
  pieces: () => AsyncIterable<string>,
  before: (response: express.Response) => Promise<void> = async () => undefined,
): Promise<{ port: number; sent: Promise<unknown> }> {
  const app = express();
  let told: (error: unknown) => void = () => undefined;
  const sent = new Promise<unknown>((resolve) => {
    told = resolve;
  });
  app.get('/', async (_request, response) => {
    await before(response);
    await sendPieces(response, pieces(), 200);
    told(null);
  });
  app.use(((error, _request, response, _next) => {
    told(error);
    response.destroy();
  }) as express.ErrorRequestHandler);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, sent };
}

test('whoever takes nothing is let go, and nothing more is made for them', async () => {
  let made = 0;
  let over: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const { port } = await serve(async function* () {
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
  const { port } = await serve(async function* () {
    yield 'the first half';
    throw new Error('the database went away');
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test('what has an end is sent whole, and the connection serves the next one', async () => {
  const { port } = await serve(async function* () {
    for (const piece of ['a', 'b', 'c']) yield piece;
  });
  for (const _ of [1, 2]) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('abc');
});

test('a reader who left before anything was sent is no failure, and nothing is made for them', async () => {
  let made = 0;
  let asked: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { port, sent } = await serve(
    async function* () {
      made += 1;
      yield 'x';
    },
    async (response) => {
      const left = new Promise((resolve) => response.once('close', resolve));
      asked();
      await left;
    },
  );
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await arrived;
  socket.destroy();
  expect(await sent).toBeNull();
  expect(made).toBe(0);
});
