import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { releaseAfter } from './release-after.ts';

export interface MadeToken {
  header?: { [name: string]: unknown };
  /** Over those of a sound token; `undefined` leaves one out. */
  claims?: { [name: string]: unknown };
  key?: KeyObject;
  /** Takes the place of the signature. */
  signature?: (text: string) => Buffer;
}

export interface TokenIssuer {
  issuer: string;
  jwks: string;
  /** What it publishes; may be changed at any time. */
  keys: { [name: string]: unknown }[];
  document: { [name: string]: unknown };
  /** Paths that it was asked for, in order. */
  asked: string[];
  /** Answers in its place for a path; null: as always. */
  instead: ((path: string, response: ServerResponse) => boolean) | null;
  token(made?: MadeToken): string;
  /** A key of the issuer by another id, published at once. */
  addKey(kid: string): KeyObject;
  privateKey: KeyObject;
  publicKey: KeyObject;
  stop(): Promise<void>;
}

/** Publishes keys over HTTP as a CI or a cluster does, and signs whatever it is told to. */
export async function startTokenIssuer(audience: string): Promise<TokenIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    made.asked.push(path);
    if (made.instead?.(path, response) === true) return;
    const found: { [path: string]: unknown } = {
      '/.well-known/openid-configuration': made.document,
      '/jwks': { keys: made.keys },
    };
    const body = found[path];
    response
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  releaseAfter(stop);
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const publish = (key: KeyObject, kid: string) =>
    made.keys.push({ ...key.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' });
  const made: TokenIssuer = {
    issuer,
    jwks: `${issuer}/jwks`,
    keys: [],
    document: { issuer, jwks_uri: `${issuer}/jwks` },
    asked: [],
    instead: null,
    token({ header = {}, claims = {}, key = privateKey, signature } = {}) {
      const seconds = Math.floor(Date.now() / 1000);
      const times = { iat: seconds, nbf: seconds, exp: seconds + 600 };
      const whole = { iss: issuer, aud: audience, sub: 'repo:acme/soar:ref:refs/heads/main', ...times };
      const text = [
        { alg: 'RS256', typ: 'JWT', kid: 'one', ...header },
        { ...whole, ...claims },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const bytes = signature?.(text) ?? signBytes('sha256', Buffer.from(text), key);
      return `${text}.${bytes.toString('base64url')}`;
    },
    addKey(kid) {
      const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
      publish(pair.publicKey, kid);
      return pair.privateKey;
    },
    privateKey,
    publicKey,
    stop,
  };
  publish(publicKey, 'one');
  return made;
}
