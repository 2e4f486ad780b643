import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, until, ws0244 } from './questions.ts';

/* An effect that an undo leaves to a run that wants it, too, and that never gets it (language reference 6). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  const contain = `${isolateStep}    lease: 72h\n`;
  for (const id of ['first', 'second']) await corridor.publish(madePlaybook(id, contain));
});
afterAll(() => corridor.close());

const isolation = () => corridor.lab.estate.host(ws0244).isolation;
const runOf = async (playbookId: string) =>
  (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
const idOf = async (playbookId: string) => (await runOf(playbookId))?.id as RunId;

async function recordsOf(run: RunId): Promise<{ state: string }[]> {
  const { rows } = await corridor.database.owner.query<{ state: string }>(
    'select state from undo_records where run_id = $1',
    [run],
  );
  return rows;
}

const takeBack = (runId: RunId) =>
  undoRun(corridor.engine.parts, {
    runId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });

it('waits for a person again, who is told, and can take it back', async () => {
  await corridor.sendBody(hostAlert('first', 'first', ws0244));
  await corridor.rest();
  const first = await idOf('first');
  expect(isolation()).toBe('Full');

  corridor.lab.estate.addFault({
    method: 'GET',
    path: '/mde/api/machineactions*',
    times: null,
    does: { kind: 'fail-before', status: 503 },
  });
  await corridor.sendBody(hostAlert('second', 'second', ws0244));
  await until(async () => {
    const { rows } = await corridor.database.owner.query<{ phase: string }>(
      `select phase from steps where run_id = $1 and path = 'run/isolate'`,
      [await idOf('second')],
    );
    return rows[0]?.phase === 'backing-off';
  });
  const second = await idOf('second');
  await takeBack(first);
  await until(async () => (await runOf('first'))?.state === 'undone');
  expect(await recordsOf(first)).toEqual([{ state: 'retained' }]);

  await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: second,
    actor: testActor,
    reason: 'It was nothing',
    undo: true,
    requestId: 'test',
  });
  await until(async () => (await runOf('second'))?.state === 'cancelled');
  expect(await recordsOf(second)).toEqual([]);
  expect(await recordsOf(first)).toEqual([{ state: 'undo-failed' }]);
  expect((await runOf('first'))?.state).toBe('undo-incomplete');
  expect((await corridor.story(first)).at(-1)).toMatchObject({
    type: 'undo.settled',
    step: 'run/isolate',
    targets: [{ kind: 'host', id: ws0244 }],
    code: 'undo/failed',
    reason: 'it was left to a run that wanted it too and never got it, so it still stands',
    data: { outcome: 'undo-failed', of_run: first },
  });

  corridor.lab.estate.clearFaults();
  expect(await takeBack(first)).toEqual({ ok: true, records: 1 });
  await until(async () => (await runOf('first'))?.state === 'undone');
  expect(isolation()).toBe('none');
});
