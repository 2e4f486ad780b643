import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { probeConnection } from '../../engine/runtime/connections/probe-connection.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { probeRelay } from '../../engine/runtime/outward/probe-relay.ts';
import { authorityPem, serverKeyPem, serverPem } from '../outward/test-authority.ts';
import { openMailRelay } from '../support/mail-relay.ts';
import { openKeeping } from './open-keeping.ts';

const before = getCACertificates('default');
setDefaultCACertificates([...before, authorityPem]);
const keeping = await openKeeping();
const password = 'relay-secret-4711';
const relay = await openMailRelay({
  key: serverKeyPem,
  cert: serverPem,
  onAuth(auth, _session, done) {
    if (auth.username === 'riposte') return done(null, { user: auth.username });
    const words = `no such password: ${auth.password} <b>${'x'.repeat(400)}`;
    done(Object.assign(new Error(words), { responseCode: 535 }));
  },
});
afterAll(async () => {
  await relay.close();
  setDefaultCACertificates(before);
});

const probes = new Map([['smtp', probeRelay(createSockets({ allowPrivate: true }))]]);
const ask = (settings: { [name: string]: string }, secrets: { [name: string]: string } = { password }) =>
  probeConnection(keeping.worker({ probes }), relay.connection(settings, secrets), () => undefined);
const safe = { url: `smtp://localhost:${relay.port}`, plain: 'no' };

test('a relay that lets us in works, and no mail is sent', async () => {
  expect(await ask({ ...safe, user: 'riposte' })).toEqual({
    state: 'works',
    looks: [{ what: 'sign in at the relay', code: null, text: null }],
    secrets: [],
    actions: [],
  });
  expect(relay.taken).toEqual([]);
});

test('a refused password is told as such, cut, and not quoted', async () => {
  const result = await ask({ ...safe, user: 'eve' });
  expect(result).toMatchObject({ state: 'failing', looks: [{ code: 'unauthorized' }] });
  expect(JSON.stringify(result)).not.toContain(password);
  expect(result.looks[0]?.text?.length).toBeLessThanOrEqual(300);
});

test('one that is not there fails', async () => {
  expect(await ask({ url: 'smtp://localhost:1', plain: 'no' })).toMatchObject({
    state: 'failing',
    looks: [{ code: 'unavailable' }],
  });
});

test('a password for a plain line is never sent, and that is said', async () => {
  expect(await ask({ ...safe, plain: 'yes', user: 'riposte' })).toMatchObject({
    state: 'failing',
    looks: [{ code: 'misconfigured' }],
  });
});
