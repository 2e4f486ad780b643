import { afterAll, beforeAll, expect, it } from 'vitest';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { call, mdeScope, tokenFor } from '../lab/lab-client.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, ws0117 } from './questions.ts';

/*
 * Somebody changes the target behind Riposte's back between an action and its undo: what they did is not
 * overwritten. Real store, real HTTP to the lab; the other hand is a client of the lab of its own.
 */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('one', `${isolateStep}    lease: 72h\n`));
});
afterAll(() => corridor.close());

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;

async function runOf(playbookId: string, sourceId: string, host: string): Promise<RunId> {
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await corridor.rest();
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
  if (run === undefined) throw new Error(`no run of ${playbookId}`);
  return run.id as RunId;
}

async function takeBack(runId: RunId): Promise<string | undefined> {
  const answer = await undoRun(corridor.engine.parts, {
    runId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(answer).toMatchObject({ ok: true });
  await corridor.rest();
  return (await corridor.runs()).find((each) => each.id === runId)?.state;
}

interface Left {
  state: string;
  failure: { code: string } | null;
  expected: object | null;
  found: object | null;
}

async function recordOf(runId: RunId): Promise<Left | undefined> {
  const { rows } = await corridor.database.owner.query<Left>(
    'select state, failure, expected, found from undo_records where run_id = $1 order by seq desc limit 1',
    [runId],
  );
  return rows[0];
}

async function byHand(host: string, operation: 'isolate' | 'unisolate'): Promise<void> {
  const token = await tokenFor(corridor.lab, mdeScope);
  const body = { Comment: 'by hand', ...(operation === 'isolate' && { IsolationType: 'Full' }) };
  const url = `${corridor.lab.url}/mde/api/machines/${host}/${operation}`;
  expect((await call(url, { method: 'POST', token, body })).status).toBeLessThan(300);
  await expect.poll(() => isolation(host)).toBe(operation === 'isolate' ? 'Full' : 'none');
}

it('an untouched target is looked at and taken back, and the entry says so', async () => {
  const run = await runOf('one', 'untouched-1', ws0117);
  expect(await takeBack(run)).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
  const told = (await corridor.story(run)).filter((entry) => entry.type === 'undo.settled');
  expect(told).toMatchObject([{ data: { outcome: 'undone', looked: 'as-left' } }]);
});

it('a host that somebody released and isolated anew stays isolated: that was not our doing', async () => {
  const run = await runOf('one', 'anew-1', ws0117);
  await byHand(ws0117, 'unisolate');
  await byHand(ws0117, 'isolate');
  expect(await takeBack(run)).toBe('undo-incomplete');
  expect(isolation(ws0117)).toBe('Full');
  expect(await recordOf(run)).toMatchObject({
    state: 'changed-since',
    failure: { code: 'undo/changed-since' },
    expected: { state: 'present' },
    found: { state: 'present' },
  });
});
