import { expect, test } from 'vitest';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { startApi } from './start-api.ts';

/* Nobody becomes two people, and nobody names themselves an approver. */

const api = await startApi();
const operator = await api.person('Kim', ['operator'], ['soc-tier2']);
const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
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

test('only an administrator unlinks an account: whoever has the next one with that address is that person', async () => {
  const made = await api.identity.createPerson(door, {
    name: 'Ida',
    email: 'ida@example.org',
    roles: ['approver'],
    groups: [],
  });
  if (!made.ok) throw new Error(made.detail);
  await api.db.owner.query(
    `insert into provider_identities (tenant_id, issuer, subject, person_id) values ('default', 'https://login.example.org', 'ida', $1)`,
    [made.person.id],
  );
  const linked = async () =>
    (await api.db.owner.query('select 1 from provider_identities where person_id = $1', [made.person.id]))
      .rows.length;
  const path = `/v1/people/${made.person.id}/accounts`;
  const refused = await api.call('DELETE', path, { token: operator.token });
  expect([refused.status, refused.body.code, await linked()]).toEqual([403, 'auth/forbidden', 1]);
  for (let n = 0; n < 2; n++)
    expect((await api.call('DELETE', path, { token: admin.token })).status).toBe(204);
  expect(await linked()).toBe(0);
  const bare = await api.identity.createPerson(door, { name: 'Jo', email: null, roles: [], groups: [] });
  if (!bare.ok) throw new Error(bare.detail);
  const nobody = await api.call('DELETE', `/v1/people/${bare.person.id}/accounts`, {
    token: admin.token,
  });
  expect([nobody.status, nobody.body.code]).toEqual([409, 'request/conflict']);
  expect((await api.call('DELETE', '/v1/people/per_none/accounts', { token: admin.token })).status).toBe(404);
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
