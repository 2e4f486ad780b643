import { describe, expect, test } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import { jonas, maria, object, rows, useLab } from './lab-client.ts';

const select = '$select=id,userPrincipalName,accountEnabled,onPremisesSyncEnabled';

describe('GET /users/{key}', () => {
  test.each([maria, 'maria.lind@contoso.com', 'Maria.Lind@CONTOSO.com'])(
    'finds a user by %s',
    async (key) => {
      const { graph } = await useLab();
      const { body } = await graph('GET', `/users/${key}?${select}`);
      expect(body).toMatchObject({
        id: maria,
        userPrincipalName: 'maria.lind@contoso.com',
        accountEnabled: true,
      });
    },
  );

  test('finds a guest only by the encoded name', async () => {
    const { graph } = await useLab();
    const name = 'petra.quist_audit.example.com#EXT#@contoso.com';
    expect((await graph('GET', `/users/${encodeURIComponent(name)}`)).status).toBe(200);
    expect((await graph('GET', `/users/${name}`)).status).toBe(404);
  });

  test('leaves accountEnabled out unless it is selected', async () => {
    const { graph } = await useLab();
    const { body } = await graph('GET', `/users/${maria}`);
    expect(body).toMatchObject({ id: maria, displayName: 'Maria Lind' });
    expect(Object.keys(body)).not.toContain('accountEnabled');
  });

  test('refuses to select what does not exist', async () => {
    const { graph } = await useLab();
    const reply = await graph('GET', `/users/${maria}?$select=id,isAdmin`);
    expect([reply.status, reply.code]).toEqual([400, 'Request_BadRequest']);
    expect((await graph('GET', `/users/${maria}?$expand=manager`)).status).toBe(400);
  });

  test('answers 404 in the form of Graph, with request ids', async () => {
    const { graph } = await useLab();
    const reply = await graph('GET', '/users/nobody@contoso.com');
    expect([reply.status, reply.code]).toEqual([404, 'Request_ResourceNotFound']);
    expect(object(reply.body.error).innerError).toMatchObject({ 'request-id': expect.any(String) });
  });
});

describe('who a user is', () => {
  test('the manager is a user, or 404 when there is none', async () => {
    const { graph } = await useLab();
    const manager = await graph('GET', `/users/${maria}/manager?$select=id,userPrincipalName`);
    expect(manager.body).toMatchObject({
      '@odata.type': '#microsoft.graph.user',
      userPrincipalName: 'ola.nyman@contoso.com',
    });
    expect((await graph('GET', '/users/karin.ek@contoso.com/manager')).code).toBe('Request_ResourceNotFound');
  });

  test('a directory role through a group shows only among the transitive memberships', async () => {
    const { graph } = await useLab();
    const types = async (call: string) =>
      rows(await graph('GET', `/users/ivan.roos@contoso.com/${call}`)).map((row) => row['@odata.type']);
    expect(await types('memberOf')).not.toContain('#microsoft.graph.directoryRole');
    expect(await types('transitiveMemberOf')).toContain('#microsoft.graph.directoryRole');
  });

  test('memberships page with a next link', async () => {
    const { graph, lab } = await useLab();
    const first = await graph('GET', '/users/karin.ek@contoso.com/memberOf?$top=1');
    expect(rows(first)).toMatchObject([{ displayName: 'riposte-vip' }]);
    const next = String(first.body['@odata.nextLink']);
    expect(next.startsWith(`${lab.url}/graph/v1.0/`)).toBe(true);
    const second = await graph('GET', next.slice(`${lab.url}/graph/v1.0`.length));
    expect(rows(second)).toMatchObject([{ displayName: 'All employees' }]);
    expect(second.body['@odata.nextLink']).toBeUndefined();
  });

  test('memberships come without names when groups may not be read', async () => {
    const clients = [{ ...labClient, graphRoles: ['User.Read.All'] }];
    const { graph } = await useLab({ clients });
    expect(rows(await graph('GET', '/users/karin.ek@contoso.com/memberOf'))[0]?.displayName).toBeNull();
  });
});

describe('PATCH /users/{key}', () => {
  test('disables and enables with 204 and an empty body', async () => {
    const { graph, lab } = await useLab();
    const disabled = await graph('PATCH', `/users/${maria}`, { accountEnabled: false });
    expect([disabled.status, disabled.body]).toEqual([204, {}]);
    expect(lab.estate.user(maria).accountEnabled).toBe(false);
    expect((await graph('PATCH', `/users/${maria}`, { accountEnabled: false })).status).toBe(204);
    await graph('PATCH', `/users/${maria}`, { accountEnabled: true });
    expect(lab.estate.effect('sign-in-blocked', `user:${maria}`)).toMatchObject({
      applied: 1,
      repeats: 1,
      released: 1,
      duplicates: 0,
    });
  });

  test('of a synchronised user is accepted and taken back by the directory', async () => {
    const { graph, lab } = await useLab({ directorySyncMs: 5000 });
    expect((await graph('PATCH', `/users/${jonas}`, { accountEnabled: false })).status).toBe(204);
    lab.estate.advance(4999);
    expect((await graph('GET', `/users/${jonas}?${select}`)).body.accountEnabled).toBe(false);
    lab.estate.advance(1);
    expect((await graph('GET', `/users/${jonas}?${select}`)).body.accountEnabled).toBe(true);
    expect(lab.estate.effect('sign-in-blocked', `user:${jonas}`)).toMatchObject({ applied: 1, reverted: 1 });
  });

  test('of a user who was synchronised once stays', async () => {
    const { graph, lab } = await useLab();
    await graph('PATCH', `/users/${maria}`, { accountEnabled: false });
    lab.estate.advance(3_600_000);
    expect(lab.estate.user(maria).accountEnabled).toBe(false);
  });

  test.each(['t1-admin@contoso.com', 'ivan.roos@contoso.com', 'emergency-01@contoso.com'])(
    'of the privileged user %s needs a directory role',
    async (key) => {
      const { graph, lab } = await useLab();
      const reply = await graph('PATCH', `/users/${key}`, { accountEnabled: false });
      expect([reply.status, reply.code]).toEqual([403, 'Authorization_RequestDenied']);
      expect(lab.estate.user(key).accountEnabled).toBe(true);
      lab.estate.changeScenario({ mayChangePrivilegedUsers: true });
      expect((await graph('PATCH', `/users/${key}`, { accountEnabled: false })).status).toBe(204);
    },
  );

  test.each([
    ['a text for a boolean', { accountEnabled: 'false' }],
    ['another spelling', { AccountEnabled: false }],
    ['an unknown property', { accountEnabled: false, reason: 'x' }],
    ['nothing', {}],
  ])('refuses %s', async (_what, body) => {
    const { graph, lab } = await useLab();
    const reply = await graph('PATCH', `/users/${maria}`, body);
    expect([reply.status, reply.code]).toEqual([400, 'Request_BadRequest']);
    expect(lab.estate.effects().journal).toEqual([]);
  });
});

describe('POST /users/{key}/revokeSignInSessions', () => {
  test.each(['revokeSignInSessions', 'microsoft.graph.revokeSignInSessions'])(
    '%s ends the sessions',
    async (name) => {
      const { graph, lab } = await useLab();
      const reply = await graph('POST', `/users/${maria}/${name}`);
      expect([reply.status, reply.body.value]).toEqual([200, true]);
      expect(lab.estate.user(maria).sessionsRevoked).toBe(1);
    },
  );

  test('a second time is accepted and counted as a duplicate', async () => {
    const { graph, lab } = await useLab();
    await graph('POST', `/users/${maria}/revokeSignInSessions`);
    await graph('POST', `/users/${maria}/revokeSignInSessions`, {});
    expect(lab.estate.effect('sessions-revoked', `user:${maria}`)).toMatchObject({
      applied: 2,
      duplicates: 1,
    });
  });

  test('takes no parameters and no other method', async () => {
    const { graph } = await useLab();
    expect((await graph('POST', `/users/${maria}/revokeSignInSessions`, { all: true })).status).toBe(400);
    expect((await graph('GET', `/users/${maria}/revokeSignInSessions`)).status).toBe(404);
    expect((await graph('DELETE', `/users/${maria}`)).status).toBe(404);
  });
});
