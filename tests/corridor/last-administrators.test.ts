import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, madePlaybook, tom } from './questions.ts';

/* The last two administrators are left alone by whatever contains or destroys, not only by disabling (facts 2.3, 15). */

const emergency = 'cc1d5aa1-ce01-56e5-a1dd-30230373de41';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  const ada = await corridor.person('Ada', ['soc'], ['operator']);
  const published = await publishGuardrails(corridor.engine.parts, {
    personId: ada,
    actor: { kind: 'person', id: ada, channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: 'kind: guardrails/v1\n',
  });
  if (!published.ok) throw new Error(published.detail);
  for (const [id, action, more] of touching) {
    const step = (user: string) =>
      `  - id: ${user === '' ? 'look' : 'touch'}\n    action: ${user === '' ? 'directory.get-user' : `directory.${action}`}\n    with: { user_id: "\${{ inputs.host_id }}"${user === '' ? '' : more} }\n`;
    await corridor.publish(madePlaybook(id, `${step('')}${step('x')}`));
    await corridor.publish(madePlaybook(`${id}-blindly`, step('x')));
  }
});
afterAll(() => corridor.close());

const touching = [
  ['marking', 'confirm-compromised', ''],
  ['revoking', 'revoke-sessions', ''],
  ['deleting', 'delete-auth-method', ', method_id: m-1'],
  ['disabling', 'disable-user', ''],
] as const;

function know(id: string): Promise<unknown> {
  return corridor.database.owner.query(
    `insert into target_facts (tenant_id, kind, target_id, facts) values ('default', 'user', $1, $2)
     on conflict (tenant_id, kind, target_id) do update set facts = excluded.facts`,
    [id, JSON.stringify({ object_id: id, enabled: true, roles: ['Global Administrator'] })],
  );
}

let sent = 0;
async function touch(playbookId: string, user: string): Promise<string | undefined> {
  await corridor.sendBody(hostAlert(playbookId, `alert-${++sent}`, user));
  await corridor.rest();
  const run = (await corridor.runs()).filter(({ playbook_id: id }) => id === playbookId).at(-1);
  const denied = (await corridor.story(run?.id)).find(({ type }) => type === 'guard.denied');
  if (denied !== undefined) expect(denied).toMatchObject({ data: { guard: 'last_administrators' } });
  return denied === undefined ? 'let through' : 'denied';
}

it.each(touching)('%s is refused while no two others are known', async (playbookId) => {
  expect(await touch(playbookId, emergency)).toBe('denied');
});

it('everybody else is touched as before', async () => {
  expect(await touch('marking', tom)).toBe('let through');
});

it('whoever was marked or lost a sign-in method is nobody who could help out', async () => {
  for (const id of ['oid-1', 'oid-2']) await know(id);
  expect(await touch('marking', emergency)).toBe('let through');
  // The emergency account has just been marked, so one other is left for each of the two.
  expect(await touch('revoking-blindly', 'oid-1')).toBe('denied');
  await know('oid-3');
  expect(await touch('revoking-blindly', 'oid-1')).toBe('let through');
  await corridor.database.owner.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, generation, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, intent_entry_id,
       state, outcome)
     select tenant_id, 'att_gone', run_id, scope_path, step_path, 'perform', 9, 9, 'key', 'directory.delete-auth-method',
       action_version, 'eradicate', system, connection, arguments, 'user', 'oid-3', priority, timeout_ms, intent_entry_id,
       'done', '{"kind":"succeeded"}' from attempts where purpose = 'perform' limit 1`,
  );
  expect(await touch('revoking-blindly', 'oid-1')).toBe('denied');
});
