import { expect, test } from 'vitest';
import { waitingForLock } from '../support/waiting-for-lock.ts';
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

test.each([
  ['somebody is an administrator', 'target', ['admin'], true],
  ['its author is no operator any more', 'author', ['viewer'], true],
  ['its author is deactivated', 'author', ['operator'], false],
] as const)('a change that had to wait until %s is refused', async (name, who, roles, active) => {
  const author = await api.person(`author ${name}`, ['operator']);
  const target = await api.person(`target ${name}`, ['viewer']);
  const path = `/v1/people/${target.person.id}`;
  const [sent] = await api.db.app.transaction(async (tx) => {
    const people = [author.person.id, target.person.id];
    await tx.query('select 1 from people where id = any($1) order by id for update', [people]);
    const change = api.call('PATCH', path, { token: author.token, body: { active: false } });
    await Promise.race([change, waitingForLock(api.db.owner, 1)]);
    const { id } = who === 'author' ? author.person : target.person;
    await tx.query('update people set roles = $2, active = $3 where id = $1', [id, roles, active]);
    return [change];
  });
  expect(await sent).toMatchObject({ status: 403, body: { code: 'auth/forbidden' } });
});
