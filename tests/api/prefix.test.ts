import { expect, test } from 'vitest';
import { seedAlerts } from './seed.ts';
import { startApi } from './start-api.ts';

const api = await startApi({ publicUrl: 'https://soc.example.test/riposte', secureCookies: true });
const { token, person } = await api.person('ops', ['admin']);
await seedAlerts(api.db.owner, 3);

test('behind a path prefix, addresses in answers carry it', async () => {
  const sent = await api.call('POST', '/v1/alerts', { token, body: { title: 'x' } });
  expect(sent.headers.get('location')).toBe(`/riposte/v1/alerts/${sent.body.id}`);
  const page = await api.call('GET', '/v1/alerts?limit=1', { token });
  expect(page.headers.get('link')).toMatch(/^<\/riposte\/v1\/alerts\?limit=1&cursor=[\w-]+>; rel="next"$/);
  const missing = await api.call('GET', '/v1/alerts/alr_none', { token });
  expect(missing.body).toMatchObject({
    type: '/riposte/codes/request/not-found',
    instance: '/riposte/v1/alerts/alr_none',
  });
  const link = await api.call('POST', `/v1/people/${person.id}/sign-in-links`, { token });
  expect(link.body.signInLink).toMatch(/^https:\/\/soc\.example\.test\/riposte\/sign-in\//);
});

test('over TLS the cookie is bound to the host, and browsers are told to stay on TLS', async () => {
  const link = await api.identity.createSignInLink(
    { actor: { kind: 'system', id: 't', channel: 'engine' } },
    person.id,
  );
  const consumed = link.ok ? await api.identity.consumeSignInLink(link.secret) : link;
  const session = consumed.ok && 'session' in consumed ? consumed.session : '';
  const status = async (cookie: string) =>
    (await api.call('GET', '/v1/alerts', { headers: { cookie } })).status;
  expect(await status(`__Host-riposte=${session}`)).toBe(200);
  expect(await status(`riposte=${session}`)).toBe(401);
  expect(await status(`__Host-riposte=planted; __Host-riposte=${session}`)).toBe(401);
  const { headers } = await api.call('GET', '/healthz');
  expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
});
