import { expect, test } from 'vitest';
import { startApi } from './start-api.ts';

/* Nobody becomes two people, and nobody names themselves an approver. */

const api = await startApi();
const operator = await api.person('Kim', ['operator'], ['soc-tier2']);
const admin = await api.person('Admin', ['admin']);
const approver = await api.person('Cy', ['approver'], ['soc-identity']);

test('an operator cannot make a link that signs in as somebody else', async () => {
  const refused = await api.call('POST', `/v1/people/${approver.person.id}/sign-in-links`, {
    token: operator.token,
  });
  expect(refused).toMatchObject({ status: 403, body: { code: 'auth/forbidden' } });
  const made = await api.call('POST', `/v1/people/${approver.person.id}/sign-in-links`, {
    token: admin.token,
  });
  expect(made.status).toBe(201);
});

test('an operator creates people, but gets no way to be them', async () => {
  const made = await api.call('POST', '/v1/people', {
    token: operator.token,
    body: { name: 'Puppet', roles: ['approver'], groups: ['soc-tier2'] },
  });
  expect(made.status).toBe(201);
  expect(made.body).not.toHaveProperty('signInLink');
});

test('nobody changes their own roles or groups', async () => {
  const own = await api.call('PATCH', `/v1/people/${operator.person.id}`, {
    token: operator.token,
    body: { groups: ['soc-identity'] },
  });
  expect(own).toMatchObject({ status: 403, body: { code: 'auth/forbidden' } });
});
