import { afterAll, beforeAll, expect, it } from 'vitest';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  tellStep,
  ws0117,
  ws0244,
} from './questions.ts';

/* `mode_ceiling` of the guardrails (decision 0015): at a run's beginning, and while it lives. */

let corridor: Corridor;
let ada: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  ada = await corridor.person('Ada', ['soc'], ['operator']);
  cy = await corridor.person('Cy', ['soc'], ['operator', 'approver']);
});
afterAll(() => corridor.close());

const actor = (personId: PersonId) => ({ kind: 'person' as const, id: personId, channel: 'api' as const });
let version = 0;
async function ceiling(mode: string): Promise<void> {
  const { parts } = corridor.engine;
  const source = `kind: guardrails/v1\nmode_ceiling: ${mode}\n`;
  const input = { personId: ada, actor: actor(ada), requestId: 'test', file: 'g.yaml', source, version };
  const proposed = await publishGuardrails(parts, input);
  if (!proposed.ok) throw new Error(proposed.detail);
  version = proposed.version;
  if (proposed.state !== 'proposed') return;
  const second = { personId: cy, actor: actor(cy), requestId: 'test', digest: proposed.digest };
  expect(await confirmGuardrails(parts, second)).toMatchObject({ ok: true });
}

const runOf = async (playbookId: string) => {
  const { rows } = await corridor.database.app.query<{
    id: string;
    state: string;
    mode: string;
    asked_mode: string | null;
  }>('select id, state, mode, asked_mode from runs where playbook_id = $1 order by created_at desc limit 1', [
    playbookId,
  ]);
  return rows[0];
};
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

it('below audit a run is simulated from its start, and says what was asked for', async () => {
  await ceiling('audit');
  await corridor.publish(madePlaybook('careful', `${isolateStep}${tellStep}`));
  await corridor.sendBody(hostAlert('careful', 'careful-1', ws0117));
  await corridor.rest();
  const run = await runOf('careful');
  expect(run).toMatchObject({ state: 'succeeded', mode: 'audit', asked_mode: 'enforce' });
  expect(isolated(ws0117).orders).toBe(0);
  expect(corridor.lab.estate.messages()).toHaveLength(0);
  const story = await corridor.story(run?.id);
  expect(story.filter(({ type }) => type === 'action.simulated')).toHaveLength(2);
  expect(story.find(({ type }) => type === 'run.started')).toMatchObject({
    data: { mode: 'audit', asked_mode: 'enforce' },
  });
});

it('so does one that a person starts, whatever mode they wish for', async () => {
  const started = await startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
    playbookId: 'careful',
    target: { kind: 'host', id: ws0244 },
    inputs: {},
    mode: 'ask',
    actor: actor(ada),
    roles: ['operator'],
    groups: ['soc'],
    personId: ada,
  });
  expect(started).toMatchObject({ ok: true });
  await corridor.rest();
  expect(await runOf('careful')).toMatchObject({ state: 'succeeded', mode: 'audit', asked_mode: 'ask' });
  expect(isolated(ws0244).orders).toBe(0);
});

it('below ask a run asks about everything that changes a target, and a run that asks anyway is as it was', async () => {
  await ceiling('ask');
  await corridor.sendBody(hostAlert('careful', 'careful-2', ws0117));
  await corridor.rest();
  expect(await runOf('careful')).toMatchObject({ state: 'waiting', mode: 'ask', asked_mode: 'enforce' });
  await decide(corridor, await onlyQuestion(corridor), cy);
  await corridor.rest();
  expect(isolated(ws0117)).toMatchObject({ applied: 1 });
  await corridor.publish(madePlaybook('meek', tellStep, '', 'ask'));
  await corridor.sendBody(hostAlert('meek', 'meek-1', ws0117));
  await corridor.rest();
  expect(await runOf('meek')).toMatchObject({ state: 'succeeded', mode: 'ask', asked_mode: null });
});

it('falling while a run lives denies what would go out, and rising makes no run bolder', async () => {
  await ceiling('enforce');
  await corridor.publish(madePlaybook('living', `${isolateStep}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert('living', 'living-1', db1));
  await corridor.rest();
  await ceiling('audit');
  await decide(corridor, await onlyQuestion(corridor), cy);
  await corridor.rest();
  expect(await runOf('living')).toMatchObject({ state: 'denied', mode: 'enforce', asked_mode: null });

  const waiting = `  - id: nap\n    wait: 2s\n${isolateStep}`;
  await corridor.publish(madePlaybook('napping', waiting));
  await corridor.sendBody(hostAlert('napping', 'napping-1', db1));
  await corridor.rest();
  expect(await runOf('napping')).toMatchObject({ state: 'waiting', mode: 'audit' });
  await ceiling('enforce');
  await expect.poll(async () => (await runOf('napping'))?.state, { timeout: 20_000 }).toBe('succeeded');
  expect(isolated(db1).orders).toBe(0);
  expect(await questions(corridor, 'pending')).toEqual([]);
});
