import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* What becomes of a question between the asking and the effect. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const asking = (approval: string) => `${isolateStep}    approval: ${approval}\n`;

async function stateOf(playbookId: string): Promise<string | undefined> {
  return (await corridor.runs()).find((run) => run.playbook_id === playbookId)?.state;
}

it('silence is no: a question that nobody answers denies, and nothing was sent', async () => {
  await corridor.publish(madePlaybook('silent', asking('{ approvers: [group:soc], expires: 1s }')));
  await corridor.sendBody(hostAlert('silent', 'silent-1', ws0244));
  await until(async () => (await stateOf('silent')) === 'denied');
  const [asked] = await questions(corridor, 'expired');
  if (asked === undefined) throw new Error('no question expired');
  const story = (await corridor.story(asked.run_id)).map((entry) => entry.type);
  expect(story).toContain('approval.expired');
  expect(story).not.toContain('action.attempted');
  const bo = await corridor.person('Bo', ['soc']);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'approval/already-decided' });
  await corridor.rest();
  expect(isolated(ws0244)).toMatchObject({ orders: 0, applied: 0 });
});

it('escalation asks more people and asks for no fewer yeses', async () => {
  const escalate = '[{ after: 1s, to: [oncall:incident-response] }]';
  await corridor.publish(
    madePlaybook('widened', asking(`{ approvers: [group:soc], quorum: 2, escalate: ${escalate} }`)),
  );
  await corridor.sendBody(hostAlert('widened', 'widened-1', ws0244));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const oncall = await corridor.person('Ida', ['oncall:incident-response']);
  const asked = await onlyQuestion(corridor);
  expect(asked.approvers).toEqual(['group:soc']);
  await until(async () => (await onlyQuestion(corridor)).approvers.length === 2);
  const wider = await onlyQuestion(corridor);
  expect(wider).toMatchObject({
    approvers: ['group:soc', 'oncall:incident-response'],
    quorum: 2,
    digest: asked.digest,
  });
  expect(await decide(corridor, wider, oncall)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  const bo = await corridor.person('Bo', ['soc']);
  expect(await decide(corridor, wider, bo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
  expect(isolated(ws0244).orders).toBe(0);
  expect((await corridor.story(asked.run_id)).map((entry) => entry.type)).toContain('approval.escalated');
});

it('an argument that changed after the asking is asked again, and the old yes does nothing', async () => {
  const steps = `  - id: plan_ok
    approval: { ask: Isolate it?, covers: [isolate], approvers: [group:soc] }
  - set: { note: after the gate }
  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", comment: "\${{ vars.note }}" }
    approval: { approvers: [group:soc] }
`;
  await corridor.publish(madePlaybook('covered', steps, 'vars: { note: before the gate }\n'));
  await corridor.sendBody(hostAlert('covered', 'covered-1', ws0117));
  await corridor.rest();
  const bo = await corridor.person('Bo', ['soc']);
  const gate = await onlyQuestion(corridor);
  expect(await decide(corridor, gate, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(isolated(ws0117).orders).toBe(0);
  const again = await onlyQuestion(corridor);
  expect(again).toMatchObject({ step_path: 'run/isolate' });
  expect(again.digest).not.toBe(gate.digest);
  expect((await corridor.story(gate.run_id)).map((entry) => entry.type)).toContain('approval.superseded');
  expect(await decide(corridor, again, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(await stateOf('covered')).toBe('succeeded');
  expect(isolated(ws0117)).toMatchObject({ applied: 1, duplicates: 0 });
});

it('an argument that changes each time is asked four times and then fails, never sent', async () => {
  const steps = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", comment: "\${{ string(now()) }}" }
    approval: { approvers: [group:soc] }
`;
  await corridor.publish(madePlaybook('moving', steps));
  await corridor.sendBody(hostAlert('moving', 'moving-1', ws0244));
  await corridor.rest();
  const bo = await corridor.person('Bo', ['soc']);
  const digests = new Set<string>();
  for (let number = 1; number <= 4; number++) {
    const asked = await onlyQuestion(corridor);
    expect(asked.ask_number).toBe(number);
    digests.add(asked.digest);
    expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
    await corridor.rest();
  }
  expect(digests.size).toBe(4);
  expect(await questions(corridor, 'pending')).toEqual([]);
  expect(await stateOf('moving')).toBe('failed');
  expect(await questions(corridor, 'superseded')).toHaveLength(4);
  expect(isolated(ws0244).orders).toBe(0);
});

it('whoever started the run by hand does not decide about it', async () => {
  await corridor.publish(madePlaybook('by-hand', `${asking('{ approvers: [group:soc] }')}`));
  const { parts, admitter } = corridor.engine;
  const bo = await corridor.person('Bo', ['soc'], ['analyst', 'approver']);
  const started = await startRunByHand(parts, admitter, {
    playbookId: 'by-hand',
    target: { kind: 'host', id: ws0244 },
    inputs: {},
    actor: { kind: 'person', id: bo, channel: 'api' },
    roles: ['analyst', 'approver'],
    groups: ['soc'],
    personId: bo,
    mode: null,
  });
  expect(started).toMatchObject({ ok: true });
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  for (const decision of ['approve', 'deny'] as const)
    expect(await decide(corridor, asked, bo, decision)).toMatchObject({
      ok: false,
      code: 'approval/separation',
    });
  expect((await corridor.story(asked.run_id)).map((entry) => entry.type)).toContain('approval.refused');
  expect(isolated(ws0244).orders).toBe(0);
  const cy = await corridor.person('Cy', ['soc']);
  expect(await decide(corridor, asked, cy, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
});

it('mode ask puts every containment behind a question, also one without `approval`', async () => {
  await corridor.publish(madePlaybook('careful', `${isolateStep}${tellStep}`, '', 'ask'));
  await corridor.sendBody(hostAlert('careful', 'careful-1', ws0244));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  expect(asked).toMatchObject({ step_path: 'run/isolate', approvers: ['group:soc'] });
  expect(isolated(ws0244).orders).toBe(0);
  const cy = await corridor.person('Cy', ['soc']);
  await decide(corridor, asked, cy, 'approve');
  await corridor.rest();
  expect(isolated(ws0244)).toMatchObject({ applied: 1 });
  expect(await stateOf('careful')).toBe('succeeded');
});
