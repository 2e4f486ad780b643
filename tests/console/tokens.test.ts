import { expect, test } from 'vitest';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openWorkloads } from '../../engine/runtime/identity/open-workloads.ts';
import type { Person } from '../../engine/runtime/identity/person.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { startConsole } from './start-console.ts';

const site = await startConsole();
const boss = await site.signIn('Boss', ['admin']);
const gil = await site.link('Gil', ['operator']);
const door = ({ id }: Person) => ({ actor: { kind: 'person', id, channel: 'api' } }) as const;

async function make(name: string, maker: Person): Promise<string> {
  const made = await site.identity.createToken(door(maker), { personId: null, name, roles: ['viewer'] });
  if (!made.ok) throw new Error(made.detail);
  return made.token.id;
}
const sensor = await make('sensor <b>', gil.person);
await make('siem', boss.person);

test('tokens are listed with whoever made them, and nobody has left at first', async () => {
  expect((await boss.get('/settings')).text).not.toContain('who has left');
  const { text } = await boss.get('/settings/tokens');
  for (const words of ['sensor &lt;b&gt;', 'siem', 'a service', 'Gil', 'Boss']) expect(text).toContain(words);
  expect(text).not.toContain('has left</strong>');
  expect((await boss.get('/settings/tokens?left=1')).text).toContain('Nobody who has left made any of them.');
});

test('what somebody who has left made is said on both pages and ended by a form', async () => {
  await site.identity.changePerson(door(boss.person), gil.person.id, { active: false });
  expect((await boss.get('/settings')).text).toContain('>1 made by somebody who has left</a>');
  const { text } = await boss.get('/settings/tokens?left=1');
  expect(text).toMatch(/Gil.*<strong>has left<\/strong>/);
  // Above the page itself its maker is told of theirs.
  expect(text.slice(text.indexOf('<h1>'))).not.toContain('siem');
  const gone = await boss.post('/settings/tokens/tok_none/revoke', {});
  expect([gone.status, gone.text]).toEqual([404, expect.stringContaining('There is no such token.')]);
  const ended = await boss.post(`/settings/tokens/${sensor}/revoke`, {});
  expect([ended.status, ended.headers.get('location')]).toEqual([303, '/settings/tokens']);
  expect((await boss.get('/settings/tokens')).text).not.toContain('sensor');
  expect((await boss.get('/settings')).text).not.toContain('who has left');
});

test('whoever may not manage tokens sees neither page nor number, and ends none', async () => {
  const ann = await site.signIn('Ann', ['approver']);
  expect((await ann.get('/settings/tokens')).status).toBe(403);
  expect((await ann.get('/settings')).text).not.toContain('/settings/tokens');
  expect((await ann.post(`/settings/tokens/${sensor}/revoke`, {})).status).toBe(403);
});

test('tokens of other issuers are shown with what each rule gives, on a server that takes some', async () => {
  expect((await boss.get('/settings/tokens')).text).not.toContain('other issuers');
  const claims = [
    { claim: 'sub', is: ['repo:<b>/x', 7] },
    { claim: 'ref', startsWith: 'refs/' },
  ];
  const rule = { name: 'publish', claims, roles: ['analyst'] } as const;
  const issuers = [
    { issuer: 'https://ci.example', audience: 'https://soar.example', jwks: null, rules: [rule] },
  ];
  const http = createHttp();
  const context = { database: site.db.app, tenant: defaultTenant, mint: mintId };
  const workloads = openWorkloads(context, issuers, http, Date.now, () => undefined);
  const other = await startConsole({ workloads });
  const { text } = await (await other.signIn('Bo', ['admin'])).get('/settings/tokens');
  for (const words of [
    'https://ci.example',
    'https://soar.example',
    'publish',
    'sub is ',
    'repo:&lt;b&gt;/x',
    'analyst',
  ])
    expect(text).toContain(words);
  expect(text).toMatch(/ref begins with/);
  await http.close();
});
