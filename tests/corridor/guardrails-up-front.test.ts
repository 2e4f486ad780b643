import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  dc01,
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  ws0117,
  ws0244,
} from './questions.ts';

/* Gates and lists are asked on the guardrails' terms at once, and not again for each action (language reference 11.1). */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  const ada = await corridor.person('Ada', ['soc'], ['operator']);
  bo = await corridor.person('Bo', ['soc', 'tier2']);
  cy = await corridor.person('Cy', ['soc', 'tier2']);
  const published = await publishGuardrails(corridor.engine.parts, {
    personId: ada,
    actor: { kind: 'person', id: ada, channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: `kind: guardrails/v1
ask:
  - { id: two, match: 'guard.target.id != "${ws0244}"', classes: [contain], approvers: ["group:tier2"], quorum: 2 }
limits:
  - { id: few, classes: [contain], target_kind: host, targets: 2, per: 1h, on_exceed: ask, reason: A wave }
`,
  });
  if (!published.ok) throw new Error(published.detail);
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const stateOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId).at(-1)?.state;
const asked = () => questions(corridor).then((all) => all.length);

it('a gate asks whom the guardrails want, and what it covers goes out on that yes', async () => {
  const gate = `  - id: gate
    approval: { covers: [isolate], approvers: [group:soc] }
`;
  await corridor.publish(madePlaybook('gated', `${gate}${isolateStep}`));
  await corridor.sendBody(hostAlert('gated', 'gated-1', ws0117));
  await corridor.rest();
  const question = await onlyQuestion(corridor);
  expect(question).toMatchObject({ step_path: 'run/gate', approvers: ['group:tier2'], quorum: 2 });
  expect(question.card).toMatchObject({ evidence: [{ label: 'Asked by two' }] });
  await decide(corridor, question, bo);
  await corridor.rest();
  expect(isolated(ws0117).orders).toBe(0);
  await decide(corridor, question, cy);
  await corridor.rest();
  expect(await stateOf('gated')).toBe('succeeded');
  expect(isolated(ws0117)).toMatchObject({ applied: 1 });
  expect(await asked()).toBe(1);
});

const listed = (list: string[], approvers: string) => `  - id: each
    foreach: '["${list.join('", "')}"]'
    max_items: 10
    key: host
    as: host
    approval: { approvers: [${approvers}] }
    steps:
      - id: isolate
        action: edr.isolate-host
        with: { host_id: "\${{ host }}", scope: full }
`;

it('a list that the budget does not reach for is asked about once, says so, and goes out on that yes', async () => {
  const before = await asked();
  await corridor.publish(forWholeAlert('listing', listed([db1, dc01, ws0244], 'group:soc')));
  await corridor.sendBody(hostAlert('listing', 'listing-1', ws0117));
  await corridor.rest();
  const question = await onlyQuestion(corridor);
  expect(question).toMatchObject({ step_path: 'run/each', approvers: ['group:tier2'], quorum: 2 });
  const { rows } = await corridor.database.app.query(
    'select held_by, held_reason from approvals where id = $1',
    [question.id],
  );
  expect(rows).toEqual([{ held_by: 'guardrails:few', held_reason: 'A wave' }]);
  await decide(corridor, question, bo);
  await decide(corridor, question, cy);
  await corridor.rest();
  expect(await stateOf('listing')).toBe('succeeded');
  expect([db1, dc01, ws0244].map((host) => isolated(host).applied)).toEqual([1, 1, 1]);
  expect(await asked()).toBe(before + 1);
});

it('a budget that is spent after the gate was asked is a question of its own', async () => {
  corridor.lab.estate.reset();
  await corridor.database.owner.query('delete from reservations');
  const before = await asked();
  const gate = `  - id: gate
    approval: { covers: [isolate], approvers: [group:tier2], quorum: 2 }
`;
  await corridor.publish(madePlaybook('late', `${gate}${isolateStep}`));
  for (const [n, host] of [ws0117, db1, dc01].entries())
    await corridor.sendBody(hostAlert('late', `late-${n}`, host));
  await corridor.rest();
  const gates = await questions(corridor, 'pending');
  expect(gates).toHaveLength(3);
  for (const each of gates) {
    await decide(corridor, each, bo);
    await decide(corridor, each, cy);
  }
  await corridor.rest();
  expect([ws0117, db1, dc01].filter((host) => isolated(host).applied === 1)).toHaveLength(2);
  expect(await onlyQuestion(corridor)).toMatchObject({ step_path: 'run/isolate', quorum: 2 });
  expect(await asked()).toBe(before + 4);
});
