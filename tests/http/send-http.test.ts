import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpFailure, type HttpRequest } from '../../engine/core/contracts/ports.ts';
import { guardHttp } from '../../engine/runtime/http/guard-http.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function client(options: Parameters<typeof createHttp>[0] = { allowPrivate: true }) {
  const http = createHttp(options);
  open.push(() => http.close());
  return http;
}

async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

async function serve(handler: Parameters<typeof createServer>[1]): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(handler))}`;
}

async function failureOf(sending: Promise<unknown>): Promise<HttpFailure> {
  const error = await sending.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpFailure)) throw error;
  return error;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  ...more,
});

describe('an exchange', () => {
  test('carries method, path, query, headers and body there, and status, headers and text back', async () => {
    const base = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.writeHead(201, {
          'X-Case': 'kept',
          'Content-Type': 'application/json',
        });
        response.end(
          JSON.stringify({
            method: request.method,
            url: request.url,
            key: request.headers['x-key'],
            body,
          }),
        );
      });
    });
    const answer = await client().send({
      method: 'POST',
      url: `${base}/a%2Fb?q=%27x%27`,
      headers: { 'x-key': 'k' },
      body: 'grüße',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['x-case']).toBe('kept');
    expect(JSON.parse(answer.text)).toEqual({
      method: 'POST',
      url: '/a%2Fb?q=%27x%27',
      key: 'k',
      body: 'grüße',
    });
  });

  test('hands a redirect back instead of following it', async () => {
    let hits = 0;
    const base = await serve((_request, response) => {
      hits += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const answer = await client().send(get(`${base}/start`));
    expect(answer.status).toBe(307);
    expect(hits).toBe(1);
  });

  test('hands error statuses back as answers', async () => {
    const base = await serve((_request, response) =>
      response.writeHead(503, { 'retry-after': '7' }).end('busy'),
    );
    const answer = await client().send(get(base));
    expect([answer.status, answer.headers['retry-after'], answer.text]).toEqual([503, '7', 'busy']);
  });
});

describe('before-send is said only when nothing was written', () => {
  test('a refused connection', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await open.pop()?.();
    const failure = await failureOf(client().send(get(`http://127.0.0.1:${port}/`)));
    expect(failure.sent).toBe('before-send');
  });

  test('a name that does not resolve', async () => {
    const failure = await failureOf(client().send(get('http://no-such-host.invalid/')));
    expect(failure.sent).toBe('before-send');
  });

  test('a signal that was aborted before', async () => {
    let hits = 0;
    const base = await serve((_request, response) => {
      hits += 1;
      response.end();
    });
    const failure = await failureOf(client().send(get(base, { signal: AbortSignal.abort() })));
    expect(failure.sent).toBe('before-send');
    expect(hits).toBe(0);
  });

  test('an abort while the request still waits for a free connection, which is then never sent', async () => {
    const seen: (string | undefined)[] = [];
    const release: (() => void)[] = [];
    const base = await serve((request, response) => {
      seen.push(request.url);
      release.push(() => response.end());
    });
    const http = client({ allowPrivate: true, connections: 1 });
    const first = http.send(get(`${base}/first`));
    while (release.length === 0) await new Promise((done) => setImmediate(done));
    const abort = new AbortController();
    const second = failureOf(http.send(get(`${base}/second`, { signal: abort.signal })));
    abort.abort();
    expect((await second).sent).toBe('before-send');
    release[0]?.();
    await first;
    const third = http.send(get(`${base}/third`));
    while (release.length < 2) await new Promise((done) => setImmediate(done));
    release[1]?.();
    await third;
    expect(seen).toEqual(['/first', '/third']);
  });

  test('a connection that is closed after the request arrived may have acted', async () => {
    const base = await serve((request) => request.socket.destroy());
    const failure = await failureOf(client().send({ method: 'POST', url: base, body: '{}' }));
    expect(failure.sent).toBe('maybe-sent');
  });

  test('a target that takes the request and never answers may have acted', async () => {
    const base = await serve(() => undefined);
    const failure = await failureOf(client().send(get(base, { timeoutMs: 50 })));
    expect(failure.sent).toBe('maybe-sent');
    expect(failure.message).toContain('no answer within 50 ms');
  });

  test('a body that stops in the middle may have acted', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
    });
    const failure = await failureOf(client().send(get(base, { timeoutMs: 50 })));
    expect(failure.sent).toBe('maybe-sent');
  });

  test('an abort after sending may have acted', async () => {
    const abort = new AbortController();
    const base = await serve(() => abort.abort());
    const failure = await failureOf(client().send(get(base, { signal: abort.signal })));
    expect(failure.sent).toBe('maybe-sent');
  });
});

describe('answers are bounded', () => {
  test('five mebibytes are read, one byte more is refused', async () => {
    const limit = 5 * 1024 * 1024;
    const base = await serve((request, response) =>
      response.end('x'.repeat(limit + (request.url === '/more' ? 1 : 0))),
    );
    const http = client();
    expect((await http.send(get(`${base}/exact`))).text.length).toBe(limit);
    const failure = await failureOf(http.send(get(`${base}/more`)));
    expect(failure.sent).toBe('maybe-sent');
    expect(failure.message).toContain('longer than');
  });

  test('a compressed answer is refused, so that a small one cannot unpack into a large one', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('x'.repeat(1000)));
    });
    expect((await failureOf(client().send(get(base)))).message).toContain('encoded as gzip');
  });
});

test('a message names the host and never the path, which may be a secret', async () => {
  const base = await serve((request) => request.socket.destroy());
  const failure = await failureOf(client().send(get(`${base}/webhook/s3cr3t?sig=t0k3n`)));
  expect(failure.message).toContain(new URL(base).host);
  expect(failure.message).not.toMatch(/s3cr3t|t0k3n/);
});

describe('a guarded client', () => {
  test('runs its check before every request and sends nothing once it objects', async () => {
    let hits = 0;
    const base = await serve((_request, response) => {
      hits += 1;
      response.end();
    });
    let leaseIsOver = false;
    const guarded = guardHttp(client(), () => {
      if (leaseIsOver) throw new Error('lease is over');
    });
    await guarded.send(get(base));
    leaseIsOver = true;
    const failure = await failureOf(guarded.send(get(base)));
    expect(failure.sent).toBe('before-send');
    expect(failure.cause).toEqual(new Error('lease is over'));
    expect(hits).toBe(1);
  });
});

describe('addresses are judged when connecting', () => {
  test('a name that leads to this machine is refused although its text looks harmless', async () => {
    const port = new URL(await serve((_request, response) => response.end())).port;
    const failure = await failureOf(client({ allow: [] }).send(get('https://localhost/')));
    expect(failure.sent).toBe('before-send');
    expect(failure.message).toContain('private address');
    const admitted = client({ allow: [`http://localhost:${port}`] });
    expect((await admitted.send(get(`http://localhost:${port}/`))).status).toBe(200);
  });

  test('an admitted range holds for its port only', async () => {
    const base = await serve((_request, response) => response.end());
    const port = new URL(base).port;
    expect((await client({ allow: [`127.0.0.0/8:${port}`] }).send(get(base))).status).toBe(200);
    const failure = await failureOf(client({ allow: ['127.0.0.0/8:1'] }).send(get(base)));
    expect(failure.sent).toBe('before-send');
  });
});
