import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { madePlaybook } from './questions.ts';

/* Hard classes and canonical names at the chokepoint (audit facts 2.3, item 15; T16). */

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
    source: `kind: guardrails/v1
protected:
  - { id: ours, match: 'guard.target.kind == "domain" && guard.target.id == "portal.example"', classes: [contain], effect: deny, reason: Ours }
`,
  });
  if (!published.ok) throw new Error(published.detail);
});
afterAll(() => corridor.close());

const alert = (playbookId: string, sourceId: string, id: string) => ({
  source_id: sourceId,
  title: 'Something happened',
  severity: 'high',
  category: playbookId,
  created_at: '2026-11-20T03:00:00Z',
  incident: { id: '2972399' },
  targets: { hosts: [{ id, name: 'as it was spelled' }] },
});

let sent = 0;
async function statesOf(playbookId: string, ids: readonly string[]): Promise<(string | undefined)[]> {
  const states: (string | undefined)[] = [];
  for (const id of ids) {
    await corridor.sendBody(alert(playbookId, `alert-${++sent}`, id));
    await corridor.rest();
    states.push((await corridor.runs()).filter((run) => run.playbook_id === playbookId).at(-1)?.state);
  }
  return states;
}

it('a protected domain is protected however it is spelled', async () => {
  const block = `  - id: block
    action: edr.block-domain
    with: { domain: "\${{ inputs.host_id }}" }
`;
  await corridor.publish(madePlaybook('blocking', block));
  const spelled = ['portal.example', 'PORTAL.example', 'portal.example.', 'ｐｏｒｔａｌ.example'];
  expect(await statesOf('blocking', spelled)).toEqual(spelled.map(() => 'denied'));
  expect(await statesOf('blocking', ['phish.example'])).toEqual(['succeeded']);
});

const emergency = 'cc1d5aa1-ce01-56e5-a1dd-30230373de41';
const disabling = (look: boolean) => `${
  look
    ? `  - id: account
    action: directory.get-user
    with: { user_id: "\${{ inputs.host_id }}" }
`
    : ''
}  - id: disable
    action: directory.disable-user
    with: { user_id: "\${{ inputs.host_id }}" }
`;

it('the last two administrators who can sign in are not disabled, whoever asks and however often', async () => {
  const { owner } = corridor.database;
  const know = (id: string, enabled: boolean, spelled = id) =>
    owner.query(
      `insert into target_facts (tenant_id, kind, target_id, facts) values ('default', 'user', $1, $2)
       on conflict (tenant_id, kind, target_id) do update set facts = excluded.facts`,
      [spelled, JSON.stringify({ object_id: id, enabled, roles: ['Global Administrator'] })],
    );
  await corridor.publish(madePlaybook('disabling', disabling(true)));
  await corridor.publish(madePlaybook('blindly', disabling(false)));
  // Only itself is known; then one more, under two names; then two more, of whom one cannot sign in.
  expect(await statesOf('disabling', [emergency])).toEqual(['denied']);
  await know('oid-1', true);
  await know('oid-1', true, 'one@contoso.com');
  expect(await statesOf('disabling', [emergency])).toEqual(['denied']);
  await know('oid-2', false);
  expect(await statesOf('disabling', [emergency])).toEqual(['denied']);
  // What an earlier run has found out counts for one that does not look.
  expect(await statesOf('blindly', [emergency, 'Emergency-01@CONTOSO.com'])).toEqual(['denied', 'denied']);
  const denied = (await corridor.story()).filter((entry) => entry.type === 'guard.denied').at(-2);
  expect(denied).toMatchObject({ data: { guard: 'last_administrators' } });
  await know('oid-2', true);
  // Now the directory is asked, which does not let an application touch this account.
  expect(await statesOf('disabling', [emergency])).toEqual(['failed']);
  const last = (await corridor.runs()).at(-1);
  const attempted = (await corridor.story(last?.id)).filter((entry) => entry.type === 'action.attempted');
  expect(attempted).toHaveLength(2);
});
