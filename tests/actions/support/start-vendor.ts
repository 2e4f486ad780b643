import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../../schemas/json.ts';

export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An answer; `hang` takes the request and stays silent, `drop` closes the connection after reading it. */
export type Reply =
  | { status: number; json?: Json; text?: string; headers?: { [name: string]: string } }
  | 'hang'
  | 'drop';

export interface Vendor {
  url: string;
  seen: Seen[];
  /** Requests apart from signing in. */
  calls(): string[];
  close(): Promise<void>;
}

/**
 * A real HTTP server that answers with what a test says: for answers that a well-behaved vendor
 * never gives. Tokens are granted as `token-1`, `token-2`, … unless `answer` takes `/login` itself.
 */
export async function startVendor(
  answer: (request: Seen, index: number) => Reply | undefined,
): Promise<Vendor> {
  const seen: Seen[] = [];
  let tokens = 0;
  let calls = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      };
      seen.push(one);
      const login = one.path.startsWith('/login/');
      let reply = answer(one, login ? -1 : calls);
      if (login && reply === undefined) {
        tokens += 1;
        reply = {
          status: 200,
          json: { token_type: 'Bearer', expires_in: 3599, access_token: `token-${tokens}` },
        };
      }
      if (!login) calls += 1;
      if (reply === 'hang') return;
      if (reply === 'drop') return void request.socket.destroy();
      const known = reply ?? { status: 599, text: 'the test did not expect this request' };
      response.writeHead(known.status, { 'content-type': 'application/json', ...known.headers });
      response.end(known.text ?? (known.json === undefined ? '' : JSON.stringify(known.json)));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    calls: () =>
      seen
        .filter((one) => !one.path.startsWith('/login/'))
        .map((one) => `${one.method} ${decodeURI(one.path)}`),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

export function vendorSettings(url: string): { [name: string]: string } {
  return {
    loginUrl: `${url}/login`,
    tenantId: '11111111-2222-4333-8444-555555555555',
    clientId: '99999999-8888-4777-8666-555555555555',
    graphUrl: `${url}/graph/v1.0`,
    mdeUrl: `${url}/mde`,
    webhookBase: `${url}/chat/webhook`,
    pollMs: '20',
  };
}
