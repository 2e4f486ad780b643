import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';

/*
 * A stand-in for Vault, built from its documents alone (hashicorp/vault, website/content/api-docs: index.mdx,
 * secret/kv/kv-v2.mdx, auth/approle.mdx, auth/kubernetes.mdx); it shares no line with the client. It refuses whatever the
 * documents do not have, and repeats what it was sent in its errors, as a careless proxy does.
 */

export interface Vault {
  url: string;
  /** What KV version 2 at `kv` holds, by path. */
  secrets: { [path: string]: JsonObject };
  /** What was asked: method and path. */
  asked: string[];
  /** Answers the next requests instead; null: as documented. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  /** Tokens that were given out end. */
  revoke(): void;
  close(): Promise<void>;
}

export const appRole = { role_id: 'riposte-role', secret_id: 'canary-secret-id' };
export const podToken = { role: 'riposte', jwt: 'canary.pod.token' };

/** Every token begins so. */
export const tokenStart = 'hvs.canary-token-';

export async function startVault(given: { leaseSeconds?: number; namespace?: string } = {}): Promise<Vault> {
  let tokens = new Map<string, number>();
  const vault: Vault = {
    url: '',
    secrets: {},
    asked: [],
    instead: null,
    revoke: () => tokens.clear(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    vault.asked.push(`${request.method} ${request.url}`);
    if (vault.instead !== null) return vault.instead(request, response);
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const { status, json } = answer(request, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });

  function answer(request: IncomingMessage, body: string): { status: number; json: JsonObject } {
    const { method, url = '', headers } = request;
    const no = (status: number) => ({
      status,
      json: { errors: [`${url} ${body} ${String(headers['x-vault-token'])}`] },
    });
    if (headers['x-vault-request'] !== 'true') return no(400);
    if (headers['x-vault-namespace'] !== given.namespace) return no(404);
    const login = /^\/v1\/auth\/([a-z-]+)\/login$/.exec(url);
    if (login !== null) {
      if (method !== 'POST') return no(405);
      const sent: unknown = JSON.parse(body);
      const wanted = { approle: appRole, kubernetes: podToken }[login[1] ?? ''];
      if (wanted === undefined) return no(404);
      if (!isJsonObject(sent) || JSON.stringify(sent) !== JSON.stringify(wanted)) return no(400);
      const token = `${tokenStart}${randomUUID()}`;
      const seconds = given.leaseSeconds ?? 1200;
      tokens.set(token, Date.now() + seconds * 1000);
      const auth = {
        renewable: true,
        lease_duration: seconds,
        metadata: null,
        token_policies: ['default'],
        accessor: randomUUID(),
        client_token: token,
      };
      return {
        status: 200,
        json: {
          auth,
          warnings: null,
          wrap_info: null,
          data: null,
          lease_duration: 0,
          renewable: false,
          lease_id: '',
        },
      };
    }
    const until = tokens.get(String(headers['x-vault-token']));
    if (until === undefined || until < Date.now()) return no(403);
    const path = /^\/v1\/kv\/data\/([^?]+)$/.exec(url)?.[1];
    if (path === undefined) return no(404);
    if (method !== 'GET') return no(405);
    const data = vault.secrets[decodeURIComponent(path)];
    if (data === undefined) return no(404);
    const metadata = {
      created_time: '2026-03-22T02:24:06.945319214Z',
      custom_metadata: null,
      deletion_time: '',
      destroyed: false,
      version: 2,
    };
    return { status: 200, json: { data: { data, metadata } } };
  }

  tokens = new Map();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vault.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return vault;
}
