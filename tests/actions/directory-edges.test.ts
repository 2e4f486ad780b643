import { afterEach, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { type Desk, openDesk } from './support/open-desk.ts';
import { check, perform } from './support/perform.ts';
import type { Reply, Seen } from './support/start-vendor.ts';

const id = '4a5b6c7d-0000-4000-8000-00000000a001';
const ann: JsonObject = {
  id,
  userPrincipalName: 'ann@contoso.com',
  displayName: 'Ann Example',
  jobTitle: 'Controller',
  accountEnabled: true,
  onPremisesSyncEnabled: null,
};

const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

async function withUser(user: Json, other: (request: Seen) => Reply | undefined = () => undefined) {
  const desk = await openDesk((request) => {
    const answered = other(request);
    if (answered !== undefined) return answered;
    if (request.method === 'GET' && /\/users\/[^/]+\?/.test(request.path)) return { status: 200, json: user };
    if (request.method === 'PATCH') return { status: 204 };
    return undefined;
  });
  desks.push(desk);
  return desk;
}

const writes = (desk: Desk) => desk.vendor.calls().filter((call) => !call.startsWith('GET'));

describe('disabling', () => {
  test('goes to the object id that was read, not to the name that was given', async () => {
    const desk = await withUser(ann);
    const outcome = await perform(desk.action('directory.disable-user'), desk.context(), {
      user_id: 'ann@contoso.com',
    });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { id, enabled: false, was_enabled: true },
    });
    expect(writes(desk)).toEqual([`PATCH /graph/v1.0/users/${id}`]);
    expect(desk.vendor.seen.at(-1)?.body).toBe('{"accountEnabled":false}');
  });

  test('a synchronised account is refused with advice, and nothing is written', async () => {
    const desk = await withUser({ ...ann, onPremisesSyncEnabled: true });
    const outcome = await perform(desk.action('directory.disable-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'synced-user', kind: 'terminal' } });
    expect(JSON.stringify(outcome)).toContain('on-premises');
    expect(writes(desk)).toEqual([]);
  });

  test('a synchronised account that is disabled already counts as done', async () => {
    const desk = await withUser({ ...ann, onPremisesSyncEnabled: true, accountEnabled: false });
    const outcome = await perform(desk.action('directory.disable-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: false, outputs: { synced: true } });
    expect(writes(desk)).toEqual([]);
  });

  test.each<[string, JsonObject]>([
    ['accountEnabled', { ...ann, accountEnabled: null }],
    ['id', { ...ann, id: 7 }],
  ])('is not tried without knowing %s', async (_field, user) => {
    const desk = await withUser(user);
    const outcome = await perform(desk.action('directory.disable-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-response' } });
    expect(writes(desk)).toEqual([]);
  });

  test.each<[string, Reply]>([
    ['a dropped connection', 'drop'],
    ['a 503', { status: 503 }],
  ])('is unknown after %s, and check reads the account', async (_what, reply) => {
    const desk = await withUser(ann, (request) => (request.method === 'PATCH' ? reply : undefined));
    const action = desk.action('directory.disable-user');
    expect(await perform(action, desk.context(), { user_id: id })).toMatchObject({ kind: 'unknown' });
    expect(writes(desk)).toHaveLength(1);
    expect(await check(action, desk.context(), { user_id: id })).toMatchObject({ kind: 'absent' });
  });

  test.each([
    '',
    '.',
    '..',
    'ann',
    'ann@contoso.com/manager',
    'a b@contoso.com',
    '../groups',
    'ann@contoso.com?$select=id',
    `${id}0`,
  ])('is refused for the user id "%s", and nothing is sent', async (userId) => {
    const desk = await withUser(ann);
    const outcome = await desk.action('directory.disable-user').perform(desk.context(), { user_id: userId });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
    expect(desk.vendor.seen).toEqual([]);
  });

  test('takes the names of guests and of people with an apostrophe', async () => {
    const desk = await withUser(ann);
    for (const name of ["sinead.o'brien@contoso.com", 'bob_fabrikam.com#EXT#@contoso.onmicrosoft.com']) {
      const outcome = await perform(desk.action('directory.disable-user'), desk.context(), { user_id: name });
      expect(outcome.kind).toBe('succeeded');
    }
    const asked = desk.vendor.seen.filter((one) => one.method === 'GET').map((one) => one.path.split('?')[0]);
    expect(asked).toEqual([
      '/graph/v1.0/users/sinead.o%27brien%40contoso.com',
      '/graph/v1.0/users/bob_fabrikam.com%23EXT%23%40contoso.onmicrosoft.com',
    ]);
  });
});

describe('enabling', () => {
  test('is the mirror of disabling', async () => {
    const desk = await withUser({ ...ann, accountEnabled: false });
    const outcome = await perform(desk.action('directory.enable-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { enabled: true, was_enabled: false },
    });
    expect(desk.vendor.seen.at(-1)?.body).toBe('{"accountEnabled":true}');
  });
});

describe('revoking sessions', () => {
  test('does not claim what the directory denies', async () => {
    const desk = await withUser(ann, (request) =>
      request.method === 'POST' ? { status: 200, json: { value: false } } : undefined,
    );
    const outcome = await perform(desk.action('directory.revoke-sessions'), desk.context(), { user_id: id });
    expect(outcome.kind).toBe('unknown');
  });
});

describe('looking a user up', () => {
  const group = (displayName: string | null): JsonObject => ({
    '@odata.type': '#microsoft.graph.group',
    id: 'g',
    displayName,
  });
  const role = (displayName: string | null): JsonObject => ({
    '@odata.type': '#microsoft.graph.directoryRole',
    id: 'r',
    displayName,
  });

  function memberships(...pages: JsonObject[][]) {
    return (request: Seen): Reply | undefined => {
      if (request.path.includes('/manager'))
        return { status: 404, json: { error: { code: 'Request_ResourceNotFound' } } };
      if (!request.path.includes('/transitiveMemberOf')) return undefined;
      const page = Number(new URL(`http://x${request.path}`).searchParams.get('$skiptoken') ?? '0');
      const link = `http://${request.headers.host}/graph/v1.0/users/${id}/transitiveMemberOf?$skiptoken=${page + 1}`;
      const more = page + 1 < pages.length ? { '@odata.nextLink': link } : {};
      return { status: 200, json: { value: pages[page] ?? [], ...more } };
    };
  }

  test('finds the role on the last page, and tags by the prefix of the connection', async () => {
    const desk = await withUser(
      ann,
      memberships(
        [group('riposte-vip'), group('Finance')],
        [group('Riposte-Break-Glass')],
        [role('Global Administrator')],
      ),
    );
    const outcome = await perform(desk.action('directory.get-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      outputs: { is_privileged: true, roles: ['Global Administrator'], tags: ['vip', 'break-glass'] },
    });
    expect(outcome.kind === 'succeeded' && 'manager' in outcome.outputs).toBe(false);
    const other = await perform(
      desk.action('directory.get-user'),
      desk.context({ settings: { tagGroupPrefix: 'Fin' } }),
      { user_id: id },
    );
    expect(other).toMatchObject({ outputs: { tags: ['ance'] } });
  });

  test('counts a role whose name it may not see', async () => {
    const desk = await withUser(ann, memberships([role(null)]));
    const outcome = await perform(desk.action('directory.get-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({ outputs: { is_privileged: true, roles: ['unnamed role'] } });
  });

  test('fails when it may not see the names of groups, because a tag could hide there', async () => {
    const desk = await withUser(ann, memberships([group(null)]));
    const outcome = await perform(desk.action('directory.get-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'forbidden' } });
  });

  test('fails when roles cannot be read, instead of reporting none', async () => {
    const desk = await withUser(ann, (request) =>
      request.path.includes('transitiveMemberOf') ? { status: 403 } : undefined,
    );
    const outcome = await perform(desk.action('directory.get-user'), desk.context(), { user_id: id });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'forbidden' } });
  });
});
