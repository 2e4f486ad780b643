import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion, tellStep, ws0117 } from './questions.ts';

/* An undo step that asks, and comes to nothing (language reference 6 and 9.5, table "undo"). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(
    madePlaybook(
      'asking-back',
      `${isolateStep}    lease: { for: 72h, at_end: release }
  - id: back
    undo: [isolate]
    reason: It was nothing
    approval: { approvers: [group:soc] }
    on_denied: continue
${tellStep}`,
    ),
  );
});
afterAll(() => corridor.close());
beforeEach(() => corridor.lab.estate.reset());

async function askedToTakeBack(sourceId: string): Promise<RunId> {
  await corridor.sendBody(hostAlert('asking-back', sourceId, ws0117));
  await corridor.rest();
  const run = (await corridor.runs()).at(-1)?.id as RunId;
  expect(await recordOf(run)).toMatchObject({ state: 'undoing' });
  expect(isolation()).toBe('Full');
  return run;
}

const isolation = () => corridor.lab.estate.host(ws0117).isolation;

async function recordOf(run: RunId) {
  const { rows } = await corridor.database.owner.query('select state from undo_records where run_id = $1', [
    run,
  ]);
  return rows[0];
}

it('that people denied leaves what was done to a later undo', async () => {
  const run = await askedToTakeBack('denied');
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await corridor.rest();
  expect(await recordOf(run)).toEqual({ state: 'done' });
  expect(isolation()).toBe('Full');
  const answer = await undoRun(corridor.engine.parts, {
    runId: run,
    steps: null,
    reason: 'It was nothing after all',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(answer).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect(await recordOf(run)).toEqual({ state: 'undone' });
  expect(isolation()).toBe('none');
});

it('that asks while its run is cancelled with undo does not keep the cancel from taking it back', async () => {
  const run = await askedToTakeBack('cancelled');
  await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: run,
    actor: testActor,
    reason: 'It was nothing',
    undo: true,
    requestId: 'test',
  });
  await corridor.rest();
  expect(await recordOf(run)).toEqual({ state: 'undone' });
  expect((await corridor.runs()).find(({ id }) => id === run)?.state).toBe('cancelled');
  expect(isolation()).toBe('none');
});
