import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { releaseAfter } from './release-after.ts';

export interface Token {
  header: { [name: string]: unknown };
  claims: { [name: string]: unknown };
  key: KeyObject;
  /** Takes the place of the whole token. */
  text?: string;
}

export interface LyingIssuer {
  issuer: string;
  /** The next answers for a code: what is true, changed as the test wants. */
  next(change: (token: Token) => Token): void;
  /** How the token endpoint answers instead: status and body. */
  fail(answer: { status: number; body: string } | null): void;
  /** Of the document at its well-known address. */
  document: { [name: string]: unknown };
  userInfo: { [name: string]: unknown };
  /** What it was asked, without what was sent. */
  asked: string[];
  stranger: KeyObject;
}

/** An issuer that says whatever it is told to, and takes any code any number of times. */
export async function startLyingIssuer(): Promise<LyingIssuer> {
  const mine = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const asked: string[] = [];
  let change: (token: Token) => Token = (token) => token;
  let failing: { status: number; body: string } | null = null;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    asked.push(`${request.method} ${path}`);
    const send = (body: unknown, status = 200) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    if (path === '/.well-known/openid-configuration') return send(lying.document);
    if (path === '/jwks')
      return send({
        keys: [{ ...mine.publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'RS256', use: 'sig' }],
      });
    if (path === '/userinfo') return send(lying.userInfo);
    if (failing !== null) return send(failing.body, failing.status);
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      aud: 'riposte',
      sub: 'liar',
      iat: seconds,
      exp: seconds + 300,
      auth_time: seconds,
    };
    const token = change({ header: { alg: 'RS256', kid: 'mine' }, claims, key: mine.privateKey });
    return send({
      access_token: 'an access token',
      token_type: 'Bearer',
      id_token: token.text ?? encode(token),
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  releaseAfter(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lying: LyingIssuer = {
    issuer,
    next(given) {
      change = given;
    },
    fail(answer) {
      failing = answer;
    },
    document: {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    },
    userInfo: { sub: 'liar' },
    asked,
    stranger,
  };
  return lying;
}

function encode({ header, claims, key }: Token): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = header.alg === 'none' ? Buffer.alloc(0) : sign('sha256', Buffer.from(text), key);
  return `${text}.${signature.toString('base64url')}`;
}
