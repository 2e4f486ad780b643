import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { describe, expect, test } from 'vitest';
import { verifyWorkloadToken } from '../../engine/runtime/identity/verify-workload-token.ts';
import { startLyingIssuer } from '../support/lying-issuer.ts';
import type { MadeToken } from '../support/token-issuer.ts';
import { audience, rule, startWithIssuers } from './start-with-issuers.ts';

/* Tokens of another issuer that must let nobody in, each of which differs from a good one in a single place. */

const world = await startWithIssuers([
  rule(),
  rule({ name: 'by-number', claims: [{ claim: 'project_id', is: [7] }], roles: ['auditor'] }),
]);
const { ask, issuer, other, written } = world;
const seconds = Math.floor(Date.now() / 1000);
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const day = 24 * 60 * 60;

test('the good one lets in', async () => {
  expect((await ask(issuer.token())).status).toBe(200);
  expect((await ask(other.token())).status).toBe(200);
});

const hmac = (secret: string | Buffer) => (text: string) =>
  createHmac('sha256', secret).update(text).digest();
const pem = issuer.publicKey.export({ type: 'spki', format: 'pem' });
const ownJwk = stranger.publicKey.export({ format: 'jwk' });

/** The reason is that of the log; without one it must not even be a token of the issuer. */
const attacks: [what: string, made: MadeToken, reason: string | null][] = [
  ['no signature (alg none)', { header: { alg: 'none' }, signature: () => Buffer.alloc(0) }, 'algorithm'],
  ['alg None, in other letters', { header: { alg: 'nOnE' }, signature: () => Buffer.alloc(0) }, 'algorithm'],
  [
    'HS256 with the public key as the secret',
    { header: { alg: 'HS256' }, signature: hmac(pem) },
    'algorithm',
  ],
  ['HS256 with an empty secret', { header: { alg: 'HS256' }, signature: hmac('') }, 'algorithm'],
  ['no algorithm', { header: { alg: undefined } }, 'unreadable'],
  ['a list of algorithms', { header: { alg: ['RS256', 'none'] } }, 'unreadable'],
  ['an algorithm that the key is not for', { header: { alg: 'PS256' } }, 'unknown-key'],
  ['no signature', { signature: () => Buffer.alloc(0) }, 'signature'],
  ["a stranger's key", { key: stranger.privateKey }, 'signature'],
  ["another issuer's key with the same id", { key: other.privateKey }, 'signature'],
  ['a key id that is none', { header: { kid: 'two' } }, 'unknown-key'],
  ['a key id that is no text', { header: { kid: 1 } }, 'unreadable'],
  ['a key in the header', { header: { jwk: ownJwk }, key: stranger.privateKey }, 'signature'],
  ['certificates in the header', { header: { x5c: ['MIIB'] }, key: stranger.privateKey }, 'signature'],
  ['what is critical and nobody knows', { header: { crit: ['exp'], exp: 1 } }, 'unreadable'],
  ['an unencoded payload', { header: { crit: ['b64'], b64: false } }, 'unreadable'],
  ['a token for signing out', { header: { typ: 'logout+jwt' } }, 'type'],
  ['a type that is no text', { header: { typ: ['JWT'] } }, 'type'],
  ['another audience', { claims: { aud: 'https://other.example.org' } }, 'audience'],
  ['an audience with a slash more', { claims: { aud: `${audience}/` } }, 'audience'],
  ['no audience', { claims: { aud: undefined } }, 'audience'],
  ['two audiences', { claims: { aud: [audience, 'https://other.example.org'] } }, 'audience'],
  ['the same audience in a list of lists', { claims: { aud: [[audience]] } }, 'audience'],
  ['expired', { claims: { exp: seconds - 60 } }, 'expired'],
  ['no expiry', { claims: { exp: undefined } }, 'life'],
  ['an expiry that is a text', { claims: { exp: String(seconds + 600) } }, 'life'],
  ['no time of issue', { claims: { iat: undefined } }, 'life'],
  ['a life of more than a day', { claims: { exp: seconds + day + 60 } }, 'life'],
  ['a time of issue that lies ahead', { claims: { iat: seconds + day, exp: seconds + 2 * day } }, 'not-yet'],
  ['not valid yet', { claims: { nbf: seconds + 300 } }, 'not-yet'],
  ['no subject', { claims: { sub: undefined } }, 'subject'],
  ['an empty subject', { claims: { sub: '' } }, 'subject'],
  ['a subject that is a number', { claims: { sub: 7, project_id: 7 } }, 'subject'],
  ['a subject that is a list', { claims: { sub: ['repo:acme/soar:ref:refs/heads/main'] } }, 'subject'],
  ['a subject of 256 characters', { claims: { sub: 'x'.repeat(256), project_id: 7 } }, 'subject'],
  ['a subject that looks like another one', { claims: { sub: 'repo:аcme/soar', project_id: 7 } }, 'subject'],
  ['a subject with a line feed', { claims: { sub: 'repo:acme\nx', project_id: 7 } }, 'subject'],
  ['another subject', { claims: { sub: 'repo:acme/soar:ref:refs/heads/other' } }, 'no-rule'],
  ['a subject in capitals', { claims: { sub: 'REPO:acme/soar:ref:refs/heads/main' } }, 'no-rule'],
  ['a longer subject', { claims: { sub: 'repo:acme/soar:ref:refs/heads/main2' } }, 'no-rule'],
  ['a number as a text', { claims: { sub: 'x', project_id: '7' } }, 'no-rule'],
  ['a number in a list', { claims: { sub: 'x', project_id: [7] } }, 'no-rule'],
  ['an issuer that nobody has named', { claims: { iss: 'https://evil.example' } }, null],
  ['an issuer with a slash more', { claims: { iss: `${issuer.issuer}/` } }, null],
  ['no issuer', { claims: { iss: undefined } }, null],
  ['a list of issuers', { claims: { iss: [issuer.issuer] } }, null],
  ["another issuer's name", { claims: { iss: other.issuer } }, 'signature'],
  ['more than 8 KiB', { claims: { padding: 'x'.repeat(7_000) } }, null],
];

describe('a token with', () => {
  test.each(attacks)('%s', async (_what, made, reason) => {
    await world.workloads.settle();
    const before = await written('auth.failed');
    const token = issuer.token(made);
    const answer = await ask(token);
    // Beyond thirty a minute from one address nobody is told more.
    expect([401, 429]).toContain(answer.status);
    expect(await world.workloads.identify(token)).toEqual(
      reason === null ? null : { kind: 'refused', bad: expect.objectContaining({ why: reason }) },
    );
    const since = (await written('auth.failed')).slice(before.length);
    expect(since.map(({ entry }) => entry.reason)).toEqual(answer.status === 401 && reason ? [reason] : []);
    expect(JSON.stringify(await world.api.entries())).not.toContain(token.split('.')[2] || token);
    expect(JSON.stringify(answer.body)).not.toContain(token.split('.')[1]);
  });

  test('an address of keys of its own asks nobody there', async () => {
    const evil = await startLyingIssuer();
    for (const name of ['jku', 'x5u']) {
      const made = { header: { [name]: `${evil.issuer}/jwks` }, key: stranger.privateKey };
      expect(await world.workloads.identify(issuer.token(made))).toMatchObject({ bad: { why: 'signature' } });
    }
    expect(evil.asked).toEqual([]);
  });

  test("another issuer's name is held against what was expected, whoever's keys it fits", async () => {
    const set = createLocalJWKSet({ keys: issuer.keys } as unknown as JSONWebKeySet);
    const expected = { audience, keys: { keysFor: async () => set }, nowMs: Date.now() };
    const judged = (name: string) => verifyWorkloadToken(issuer.token(), { ...expected, issuer: name });
    expect(await judged(issuer.issuer)).toMatchObject({ objection: null });
    expect(await judged(other.issuer)).toMatchObject({ objection: 'unreadable' });
  });

  test('three parts that are no JSON', async () => {
    for (const text of [
      'a.b.c',
      'e30.e30.',
      'e30.bnVsbA.x',
      'e30.WzFd.x',
      `${issuer.token()}.x.y`,
      'rip_a.b.c',
    ])
      expect(await world.workloads.identify(text), text).toBeNull();
  });

  test('an elliptic signature is taken of an elliptic key, and of no other', async () => {
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    issuer.keys.push({ ...curve.publicKey.export({ format: 'jwk' }), kid: 'curve' });
    world.clock.nowMs += 60_000;
    const signature = (text: string) =>
      sign('sha256', Buffer.from(text), { key: curve.privateKey, dsaEncoding: 'ieee-p1363' });
    const made = { header: { alg: 'ES256', kid: 'curve' }, signature };
    expect(await world.workloads.identify(issuer.token(made))).toMatchObject({ kind: 'admitted' });
    const confused = { header: { alg: 'ES256', kid: 'one' }, signature };
    expect(await world.workloads.identify(issuer.token(confused))).toMatchObject({
      bad: { why: 'unknown-key' },
    });
  });
});
