import { afterAll, beforeAll, expect, it } from 'vitest';
import { countEntry } from '../../engine/core/audit/count-entry.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* What the figures count of a real story is what its rows say: each run, question and undo once. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

async function counted(): Promise<{ [line: string]: number }> {
  const lines = (await corridor.story()).flatMap((entry) => {
    const what = countEntry(entry as unknown as Entry);
    return what === null ? [] : [`${what.figure} ${Object.values(what.labels).join(' ')}`];
  });
  const sums: { [line: string]: number } = {};
  for (const line of lines) sums[line] = (sums[line] ?? 0) + 1;
  return sums;
}

const ended = async (runs: number) =>
  (await corridor.runs()).filter(({ state }) => !['queued', 'running', 'waiting', 'undoing'].includes(state))
    .length === runs;

it('a yes, a no, and a run that is taken back', async () => {
  const asked = `${isolateStep}    lease: 72h\n    approval: { approvers: [group:soc] }\n`;
  await corridor.publish(madePlaybook('asking', asked));
  await corridor.sendBody(hostAlert('asking', 'one', ws0117));
  await corridor.rest();
  await decide(corridor, await onlyQuestion(corridor), bo);
  await until(() => ended(1));
  const runId = ((await corridor.runs())[0]?.id ?? '') as RunId;
  await corridor.sendBody(hostAlert('asking', 'one', ws0117));
  await corridor.sendBody(hostAlert('asking', 'two', ws0244));
  await corridor.rest();
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await until(() => ended(2));
  const taken = await undoRun(corridor.engine.parts, {
    ...{ runId, steps: null, reason: 'It was nothing', personId: bo, requestId: 'test' },
    actor: { kind: 'person', id: bo, channel: 'api' },
  });
  expect(taken).toMatchObject({ ok: true });
  await until(async () => (await counted())['undos undone'] !== undefined);
  expect(await counted()).toEqual({
    'alerts accepted': 2,
    'alerts duplicate': 1,
    'approvals granted': 1,
    'approvals denied': 1,
    'runs succeeded enforce': 1,
    'runs denied enforce': 1,
    'undos undone': 1,
  });
}, 60_000);
