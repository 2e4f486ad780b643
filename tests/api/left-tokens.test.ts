import { beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../engine/runtime/identity/person.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { startApi } from './start-api.ts';

/* Tokens of services outlive whoever made them. It is said when that person goes, and seen for as long as they work. */

const api = await startApi();
let admin: { person: Person; token: string };
let ann: { person: Person; token: string };

beforeAll(async () => {
  admin = await api.person('root', ['admin']);
  ann = await api.person('ann', ['operator']);
});

const secrets = new Map<string, string>();

async function make(name: string, kind = 'service'): Promise<string> {
  const body = { kind, name, roles: [kind === 'person' ? 'operator' : 'viewer'] };
  const made = await api.call('POST', '/v1/tokens', { token: ann.token, body });
  expect(made.status).toBe(201);
  expect(made.body.token).toMatchObject({ createdByName: 'ann', createdByLeft: false });
  secrets.set(name, made.body.secret);
  return made.body.token.id;
}

const setActive = (active: boolean) =>
  api.call('PATCH', `/v1/people/${ann.person.id}`, { token: admin.token, body: { active } });

const namesOf = (items: { name: string }[]) => items.map(({ name }) => name);

async function listed(query: string): Promise<string[]> {
  const answer = await api.call('GET', `/v1/tokens?${query}`, { token: admin.token });
  expect(answer.status).toBe(200);
  return namesOf(answer.body.items);
}

describe('whoever leaves', () => {
  test('the answer and the entry name what they made for services and what works on', async () => {
    const older = await make('siem');
    const newer = await make('edr');
    await api.call('DELETE', `/v1/tokens/${await make('gone')}`, { token: ann.token });
    const over = await make('over');
    await api.db.owner.query('update tokens set expires_at = clock_timestamp() where id = $1', [over]);
    await make('laptop', 'person');
    expect(await listed('createdByLeft=true')).toEqual([]);

    const left = await setActive(false);
    expect(left.status).toBe(200);
    expect(left.body).toMatchObject({ id: ann.person.id, active: false });
    expect(namesOf(left.body.serviceTokens)).toEqual(['edr', 'siem']);
    const told = (await api.entries()).filter(({ type }) => type === 'person.changed').at(-1);
    expect(told?.entry).toMatchObject({ data: { personId: ann.person.id, outlive: [newer, older] } });
  });

  test('the tokens work on and are listed as made by somebody who has left', async () => {
    const token = secrets.get('siem') ?? '';
    expect((await api.call('GET', '/v1/alerts', { token })).status).toBe(200);
    const own = secrets.get('laptop') ?? '';
    expect((await api.call('GET', '/v1/alerts', { token: own })).status).toBe(401);
    expect(await listed('createdByLeft=true&works=true')).toEqual(['edr', 'siem']);
    expect(await listed('createdByLeft=true&works=false')).toEqual(
      expect.arrayContaining(['laptop', 'gone']) as string[],
    );
    expect(await listed('createdByLeft=false')).not.toContain('siem');
    const { body } = await api.call('GET', '/v1/tokens', { token: admin.token });
    expect(body.items.find(({ name }: { name: string }) => name === 'siem')).toMatchObject({
      createdBy: ann.person.id,
      createdByName: 'ann',
      createdByLeft: true,
    });
  });

  test('what was revoked since is in the answer no more, and nothing is when they come back', async () => {
    const [{ id }] = (await setActive(false)).body.serviceTokens;
    expect((await api.call('DELETE', `/v1/tokens/${id}`, { token: admin.token })).status).toBe(204);
    expect(namesOf((await setActive(false)).body.serviceTokens)).toEqual(['siem']);
    const back = await setActive(true);
    expect(back.body).not.toHaveProperty('serviceTokens');
    expect(await listed('createdByLeft=true')).toEqual([]);
  });

  test('makes none while they are being deactivated: it would be in no answer', async () => {
    const bea = await api.person('bea', ['operator']);
    const made = await api.db.app.transaction(async (tx) => {
      await tx.query('select 1 from people where id = $1 for update', [bea.person.id]);
      const creating = api.call('POST', '/v1/tokens', {
        token: bea.token,
        body: { kind: 'service', name: 'late', roles: ['viewer'] },
      });
      await Promise.race([creating, waitingForLock(api.db.owner, 1)]);
      await tx.query('update people set active = false where id = $1', [bea.person.id]);
      return { creating };
    });
    expect((await made.creating).body).toMatchObject({ code: 'request/not-found' });
    expect(await listed('')).not.toContain('late');
  });
});
