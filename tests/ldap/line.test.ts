import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type LdapAccess, LdapFailure } from '../../engine/core/contracts/ldap.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createLdap } from '../../engine/runtime/ldap/create-ldap.ts';
import { hideInLdap } from '../../engine/runtime/ldap/guard-ldap.ts';
import { authorityPem } from '../outward/test-authority.ts';
import { loginDn, loginPassword, suffix } from '../support/directory-entries.ts';
import { releaseAfter } from '../support/release-after.ts';
import { useSlapd } from '../support/slapd.ts';
import { ldapOut } from '../support/ways-out.ts';
import { askDirectory, failedWith } from './ask-directory.ts';

/* The way in: nobody reads along, nobody is taken for the directory, and no password goes where it should not. */

const directory = await useSlapd();
const { perform } = askDirectory(directory);
const fay = { user_id: 'fay' };

/** A server that is none, and keeps what it was sent. */
async function listen(
  answer: (socket: Socket, bytes: Buffer) => void,
): Promise<{ port: number; heard: () => Buffer }> {
  const chunks: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      chunks.push(bytes);
      answer(socket, bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releaseAfter(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, heard: () => Buffer.concat(chunks) };
}

/** Passes everything on, and adds to what the server says first. */
async function stepBetween(to: number, addition: Buffer): Promise<number> {
  const lines = new Map<Socket, Socket>();
  const { port } = await listen((client, bytes) => {
    let far = lines.get(client);
    if (far === undefined) {
      far = connect(to, '127.0.0.1');
      lines.set(client, far);
      far.once('data', (answer) => {
        client.write(Buffer.concat([answer, addition]));
        far?.pipe(client);
      });
      far.on('error', () => undefined);
      client.on('close', () => far?.destroy());
    }
    far.write(bytes);
  });
  return port;
}

/** An extended response with this result to the message with the id 2, the first of a line. */
const extended = (result: number) => Buffer.from([0x30, 12, 2, 1, 2, 0x78, 7, 10, 1, result, 4, 0, 4, 0]);

describe.skipIf(directory.missing !== null)('the way in', () => {
  test('begins TLS before the sign-in where the line is plain', async () => {
    const settings = { url: `ldap://localhost:${directory.plainPort}` };
    expect(await perform('get-user', fay, { settings })).toMatchObject({ kind: 'succeeded' });
  });

  test.each([
    ['that nobody vouches for', () => directory.port, 'localhost', {}],
    ['for another name', () => directory.port, '127.0.0.1', { ca: authorityPem }],
  ])('is not taken with a certificate %s', async (_what, port, host, more) => {
    const access = { url: `ldaps://${host}:${port()}`, bindDn: loginDn, password: loginPassword, ...more };
    const failure = await failureOf(access);
    expect(failure).toMatchObject({ stage: 'secure', effect: 'not-done', result: null });
  });

  test('tells that the certificate is at fault, and is tried again', async () => {
    const settings = { url: `ldaps://127.0.0.1:${directory.port}` };
    const outcome = await perform('get-user', fay, { settings });
    expect(outcome).toMatchObject(failedWith('unavailable', 'retryable'));
    expect(JSON.stringify(outcome)).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('tells a wrong password, and not which', async () => {
    const outcome = await perform('get-user', fay, { password: 'wrong-secret-4711' });
    expect(outcome).toMatchObject(failedWith('unauthorized'));
    expect(JSON.stringify(outcome)).not.toContain('wrong-secret');
  });

  test('never signs in as nobody', async () => {
    expect(await perform('get-user', fay, { password: '' })).toMatchObject(failedWith('misconfigured'));
    const url = `ldaps://localhost:${directory.port}`;
    expect(await failureOf({ url, bindDn: loginDn, password: '', ca: authorityPem })).toMatchObject({
      stage: 'sign-in',
    });
  });

  test('sends no password to a server that does not begin TLS', async () => {
    const liar = await listen((socket) => void socket.write(extended(2)));
    const settings = { url: `ldap://localhost:${liar.port}` };
    expect(await perform('get-user', fay, { settings })).toMatchObject(
      failedWith('unavailable', 'retryable'),
    );
    // The one question, and nothing after it.
    expect(liar.heard().includes('1.3.6.1.4.1.1466.20037')).toBe(true);
    expect(liar.heard()).toHaveLength(31);
  });

  test('takes nothing that somebody in between says before TLS for the beginning of what the server says', async () => {
    // An answer to the sign-in that says yes, and swallows what comes after it.
    const yes = Buffer.from([0x30, 0x82, 0x10, 0, 2, 1, 2, 0x61, 7, 10, 1, 0, 4, 0, 4, 0]);
    const between = await stepBetween(directory.plainPort, yes);
    const settings = { url: `ldap://localhost:${between}` };
    expect(await perform('get-user', fay, { settings })).toMatchObject({ kind: 'succeeded' });
  });

  test('goes to no address that is not allowed', async () => {
    const ldap = createLdap(createSockets({ allow: ['ldaps://dc.internal:636'] }));
    const outcome = await perform('get-user', fay, { ldap });
    expect(outcome).toMatchObject(failedWith('address-refused'));
  });

  test.each([
    [{ url: 'https://localhost' }],
    [{ url: 'ldaps://localhost' }],
    [{ bindDn: 'EXAMPLE\\riposte' }],
    [{ kind: 'novell' }],
    [{ ca: '/etc/ssl/ca.pem' }],
    [{ baseDn: '' }],
  ])('is not tried with %j', async (settings) => {
    expect(await perform('get-user', fay, { settings })).toMatchObject(failedWith('misconfigured'));
  });

  test('ends when the attempt is called off', async () => {
    const mute = await listen(() => undefined);
    const calling = new AbortController();
    const settings = { url: `ldap://localhost:${mute.port}` };
    calling.abort();
    expect(await perform('get-user', fay, { settings, signal: calling.signal })).toMatchObject(
      failedWith('cancelled', 'retryable'),
    );
    expect(mute.heard().length).toBe(0);
  });

  test('brings back no secret that the directory has written down', async () => {
    const ldap = hideInLdap(ldapOut, (text) => text.replaceAll('fay', '[hidden]'));
    expect(await perform('get-user', fay, { ldap })).toMatchObject(failedWith('not-found'));
    expect(await perform('get-user', { user_id: `uid=fay,ou=People,${suffix}` }, { ldap })).toMatchObject({
      outputs: { login: '[hidden]', mail: '[hidden]@example.test' },
    });
  });
});

async function failureOf(access: LdapAccess): Promise<LdapFailure> {
  const met = await ldapOut.speak(access, {}, () => Promise.resolve(null)).catch((error: unknown) => error);
  if (met instanceof LdapFailure) return met;
  throw new Error(`no failure but ${String(met)}`);
}
