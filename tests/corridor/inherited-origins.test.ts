import { afterAll, beforeAll, expect, it } from 'vitest';
import { listUndoable } from '../../engine/runtime/read/list-undoable.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { defaultTenant, type PersonId, type RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion, tellStep, ws0117 } from './questions.ts';

/* A run that found an effect of ours inherits it when the one that caused it lets go (language reference 6). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  const contain = `${isolateStep}    lease: 72h\n`;
  await corridor.publish(madePlaybook('causing', contain));
  await corridor.publish(
    madePlaybook(
      'inheriting',
      `${contain}  - id: gate
    approval: { ask: "Was it nothing?", covers: [tell], approvers: [group:soc] }
  - id: back
    undo: [isolate]
    reason: It was nothing
    approval: { approvers: [group:soc] }
${tellStep}`,
    ),
  );
});
afterAll(() => corridor.close());

async function runOf(playbookId: string): Promise<RunId> {
  await corridor.sendBody(hostAlert(playbookId, playbookId, ws0117));
  await corridor.rest();
  return (await corridor.runs()).findLast((each) => each.playbook_id === playbookId)?.id as RunId;
}

it('whoever is asked to take it back, or looks at what could be, sees that it is ours and will be released', async () => {
  const first = await runOf('causing');
  const second = await runOf('inheriting');
  await undoRun(corridor.engine.parts, {
    runId: first,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  await corridor.rest();
  expect(await listUndoable(corridor.database.app, defaultTenant, second, null)).toMatchObject([
    { stepPath: 'run/isolate', origin: 'ours', wanted: false },
  ]);
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  const back = await onlyQuestion(corridor);
  expect(back.card).toMatchObject({ arguments: [{ value: { step: 'run/isolate', origin: 'ours' } }] });
  await decide(corridor, back, bo);
  await corridor.rest();
  expect(corridor.lab.estate.host(ws0117).isolation).toBe('none');
});
