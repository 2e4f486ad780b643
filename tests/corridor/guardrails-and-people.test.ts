import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  decide,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
} from './questions.ts';

/* What the operator forbids or wants asked holds for what people start and take back, as for any playbook. */

let corridor: Corridor;
let ada: PersonId;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  ada = await corridor.person('Ada', ['soc'], ['operator', 'approver']);
  bo = await corridor.person('Bo', ['soc', 'tier2']);
  cy = await corridor.person('Cy', ['tier2']);
  await corridor.publish(madePlaybook('sure', `${lookStep}${isolateStep}    lease: 72h\n`));
  const published = await publishGuardrails(corridor.engine.parts, {
    personId: ada,
    actor: { kind: 'person', id: ada, channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: `kind: guardrails/v1
protected:
  - id: databases
    match: guard.target.kind == "host" && guard.target.id == "${db1}"
    classes: [contain]
    effect: deny
    reason: The database stays reachable
ask:
  - { id: way_back, match: "true", classes: [restore], approvers: ["group:tier2"] }
`,
  });
  if (!published.ok) throw new Error(published.detail);
});
afterAll(() => corridor.close());

const effect = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

async function stateOf(runId: string): Promise<string | undefined> {
  await corridor.rest();
  return (await corridor.runs()).find((run) => run.id === runId)?.state;
}

it('an administrator who starts it by hand contains nothing that is protected', async () => {
  const started = await startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
    playbookId: 'sure',
    target: { kind: 'host', id: db1 },
    inputs: {},
    mode: null,
    actor: { kind: 'person', id: ada, channel: 'api' },
    roles: ['admin', 'operator', 'approver'],
    groups: ['soc'],
    personId: ada,
  });
  if (!started.ok) throw new Error(started.detail);
  expect(await stateOf(started.runId)).toBe('denied');
  expect(effect(db1).orders).toBe(0);
  const denied = (await corridor.story(started.runId)).filter((entry) => entry.type === 'guard.denied');
  expect(denied).toHaveLength(1);
});

it('taking back is asked about when the operator wants it so, and whoever ordered it does not answer', async () => {
  await corridor.sendBody(hostAlert('sure', 'sure-1', ws0117));
  await corridor.rest();
  const run = (await corridor.runs()).at(-1);
  expect(run).toMatchObject({ playbook_id: 'sure', state: 'succeeded' });
  expect(effect(ws0117)).toMatchObject({ applied: 1, releaseOrders: 0 });
  const ordered = await undoRun(corridor.engine.parts, {
    runId: run?.id as RunId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(ordered).toMatchObject({ ok: true, records: 1 });
  // Its run is undoing as long as the question waits.
  await until(async () => (await questions(corridor, 'pending')).length > 0);
  const asked = await onlyQuestion(corridor);
  expect(asked).toMatchObject({ approvers: ['group:tier2'], quorum: 1 });
  expect(effect(ws0117).releaseOrders).toBe(0);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'approval/separation' });
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(effect(ws0117)).toMatchObject({ releaseOrders: 1, released: 1 });
});
