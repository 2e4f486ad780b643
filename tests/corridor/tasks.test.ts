import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerTask } from '../../engine/runtime/answer-task.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { createKeptRuns } from '../../engine/runtime/keep-runs.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { defaultTenant, type PersonId, type RunId, type TaskId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { makeDue } from '../support/make-due.ts';
import { hostAlert, isolateStep, madePlaybook, tellStep, until, ws0117, ws0244 } from './questions.ts';

/*
 * Outcomes that stay unknown, over the real store and the lab: it applies an order, cuts the line, and does
 * not answer when it is asked what it did (decision record 0017).
 */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  cy = await corridor.person('Cy', ['soc']);
  await corridor.publish(madePlaybook('contain', `${isolateStep}    deadline: 2s\n${tellStep}`));
  await corridor.publish(
    madePlaybook('handled', `${isolateStep}    deadline: 2s\n    on_error: continue\n${tellStep}`),
  );
});
beforeEach(() => {
  corridor.lab.estate.clearFaults();
});
afterAll(() => corridor.close());

const isolate = '/mde/api/machines/*/isolate';
const looks = '/mde/api/machineactions';

/** The order is carried out or not, nobody hears of it, and nobody gets to see the list of orders. */
function goDark(does: 'apply-then-drop' | 'drop-before'): void {
  corridor.lab.estate.addFault({ method: 'POST', path: isolate, skip: 0, does: { kind: does } });
  corridor.lab.estate.addFault({
    method: 'GET',
    path: looks,
    skip: 1,
    times: null,
    does: { kind: 'fail-before', status: 503 },
  });
}

interface Row {
  id: TaskId;
  run_id: RunId;
  step_path: string;
  state: string;
  digest: string;
  settled_by: string | null;
  contradicted: boolean;
}

async function taskOf(runId: string): Promise<Row> {
  const find = async () =>
    (
      await corridor.database.app.query<Row>(
        'select * from tasks where run_id = $1 order by opened_at desc, id desc limit 1',
        [runId],
      )
    ).rows[0];
  await until(async () => (await find()) !== undefined);
  return (await find()) as Row;
}

async function runOf(playbookId: string) {
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
  if (run === undefined) throw new Error(`no run of ${playbookId}`);
  return run;
}

/** Each host that was isolated stays so; a fresh one for each story that isolates. */
const fresh = [
  '5dd66f81a97934b3d4c48e70b248b27c4fa1219d',
  '1480f2ac1bba6bed66d87b78688cd65a809999fd',
  '52406d78111113c074216b33d09b931de952cd1a',
  '5164f6cbe3535ee885919bf9a9d4790d4a70bcb7',
  '9345b0c06b6aeb457b9fbbf880a57ba4357732ca',
];
function freshHost(): string {
  const host = fresh.pop();
  if (host === undefined) throw new Error('no host is left');
  return host;
}

/** A run that waits for a person because nobody knows whether the host was isolated. */
async function begin(playbookId: string, sourceId: string, host = ws0117): Promise<Row> {
  const before = (await corridor.runs()).length;
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await until(async () => (await corridor.runs()).length > before);
  return taskOf((await runOf(playbookId)).id);
}

/** Until the run has ended. */
async function over(runId: string): Promise<string> {
  const state = async () => (await corridor.runs()).find(({ id }) => id === runId)?.state ?? 'gone';
  await until(async () => !['queued', 'running', 'waiting', 'undoing'].includes(await state()));
  return state();
}

const answer = (
  task: Row,
  word: 'happened' | 'did-not-happen' | 'ask',
  personId: PersonId = bo,
  advancer = corridor.engine.advancer,
) =>
  answerTask(corridor.engine.parts, advancer, {
    taskId: task.id,
    answer: word,
    digest: task.digest,
    proof: 'The device page says so',
    signedInAtMs: null,
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' },
    requestId: 'test',
  });

const records = async (runId: string) =>
  (
    await corridor.database.owner.query<{ state: string; origin: string }>(
      'select state, origin from undo_records where run_id = $1 order by seq',
      [runId],
    )
  ).rows;
const holds = async (runId: string) =>
  (await corridor.database.owner.query('select state from holds where run_id = $1', [runId])).rows;
const typesOf = async (runId: string) => (await corridor.story(runId)).map(({ type }) => type);
const orders = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

/** As if the day were over. */
async function letSilencePass(task: Row): Promise<void> {
  await makeDue(corridor.database.owner, 'answer', task.run_id);
  await until(async () => (await taskOf(task.run_id)).state !== 'open');
}

/** As if another engine had compiled the plans, and this process had never had the runs. */
async function compiledBy(change: '+ 1' | '- 1'): Promise<void> {
  const { owner } = corridor.database;
  await owner.query('alter table runs disable trigger user');
  await owner.query(`update runs set compiler_version = compiler_version ${change}`);
  await owner.query('alter table runs enable trigger user');
  corridor.engine.parts.keptRuns = createKeptRuns();
}

describe('an order that was carried out while the line was cut', () => {
  it('waits for a person and shows everything that is known', async () => {
    goDark('apply-then-drop');
    const task = await begin('contain', 'card-1');
    expect(task.state).toBe('open');
    expect((await runOf('contain')).state).toBe('waiting');
    await compiledBy('+ 1');
    expect(await answer(task, 'happened')).toMatchObject({ ok: false, code: 'run/needs-engine' });
    expect((await entries(task.run_id)).filter(({ type }) => type === 'task.refused')).toHaveLength(1);
    await compiledBy('- 1');
    const shown = await openRead(corridor.database.app).readTask(defaultTenant, task.id);
    expect(shown).toMatchObject({
      action: 'edr.isolate-host',
      target: { kind: 'host', id: ws0117 },
      connection: 'lab',
      canAsk: true,
      settledBy: null,
      byHand: { words: expect.stringContaining('Defender portal') },
      follows: { happened: expect.stringContaining('edr.release-host') },
    });
    expect(shown?.arguments).toContainEqual({ name: 'host_id', value: ws0117 });
    const [sent, ...looked] = shown?.exchanges ?? [];
    expect(sent).toMatchObject({ purpose: 'perform', number: 1, outcome: 'unknown' });
    expect(sent?.sentAt).not.toBeNull();
    expect(looked.length).toBeGreaterThan(0);
    expect(looked.every((each) => each.purpose === 'check' && each.outcome === 'unknown')).toBe(true);
    expect(looked[0]?.says).toContain('503');
  });

  it('goes on as succeeded when the person says that it happened, and can be taken back after asking', async () => {
    goDark('apply-then-drop');
    const task = await begin('contain', 'happened-1', freshHost());
    expect(await answer(task, 'happened')).toEqual({ ok: true, state: 'happened' });
    expect(await over(task.run_id)).toBe('succeeded');
    expect(await records(task.run_id)).toEqual([{ state: 'done', origin: 'unknown' }]);
    expect(await taskOf(task.run_id)).toMatchObject({ state: 'happened', settled_by: 'person' });
    const entry = (await entries(task.run_id)).find((each) => each.type === 'task.answered');
    expect(entry).toMatchObject({
      actor: { kind: 'person', id: bo },
      planDigest: task.digest,
      reason: 'The device page says so',
    });
  });

  it('lets go of everything when the person says that it did not, and never sends it again', async () => {
    goDark('drop-before');
    const before = orders(ws0244).applied;
    const task = await begin('contain', 'not-1', ws0244);
    expect(await answer(task, 'did-not-happen')).toEqual({ ok: true, state: 'did-not-happen' });
    expect(await over(task.run_id)).toBe('failed');
    expect(await records(task.run_id)).toEqual([]);
    expect(await holds(task.run_id)).toEqual([]);
    expect(orders(ws0244).applied).toBe(before);
  });

  it('takes the word of the target when it is asked once more and answers', async () => {
    goDark('apply-then-drop');
    const task = await begin('contain', 'ask-1', freshHost());
    // The first time it still does not answer: the task stays open and says so.
    expect(await answer(task, 'ask')).toEqual({ ok: true, state: 'asking' });
    await until(async () => (await typesOf(task.run_id)).includes('task.unsettled'));
    expect((await taskOf(task.run_id)).state).toBe('open');
    corridor.lab.estate.clearFaults();
    expect(await answer(task, 'ask', cy)).toEqual({ ok: true, state: 'asking' });
    await until(async () => (await taskOf(task.run_id)).state !== 'open');
    await over(task.run_id);
    expect((await taskOf(task.run_id)).settled_by).toBe('target');
    expect(await typesOf(task.run_id)).toContain('task.settled');
  });

  it('fails as unknown when nobody answers, and stays in the list of what can be taken back', async () => {
    goDark('apply-then-drop');
    const task = await begin('contain', 'silence-1', freshHost());
    await letSilencePass(task);
    expect(await taskOf(task.run_id)).toMatchObject({ state: 'unanswered', settled_by: 'silence' });
    expect(await over(task.run_id)).toBe('failed');
    expect((await corridor.story(task.run_id)).some(({ code }) => code === 'action/outcome-unknown')).toBe(
      true,
    );
    expect(await records(task.run_id)).toEqual([{ state: 'done', origin: 'unknown' }]);
    expect(await answer(task, 'happened')).toMatchObject({ ok: false, code: 'task/closed' });
    expect(await typesOf(task.run_id)).toContain('task.ignored');
    const undone = await undoRun(corridor.engine.parts, {
      runId: task.run_id,
      reason: 'just to be sure',
      steps: null,
      actor: testActor,
      personId: bo,
      requestId: 'test',
    });
    expect(undone).toMatchObject({ ok: true, records: 1 });
  });

  it('is awaited by a cancel with undo, which then knows what to take back', async () => {
    goDark('drop-before');
    const task = await begin('handled', 'cancel-1', ws0244);
    expect(
      await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
        runId: task.run_id,
        actor: testActor,
        reason: 'enough',
        undo: true,
        requestId: 'test',
      }),
    ).toEqual({ ok: true });
    const { rows } = await corridor.database.app.query<{ follows: { happened: string } }>(
      'select follows from tasks where id = $1',
      [task.id],
    );
    expect(rows[0]?.follows.happened).toContain('has been told to end');
    expect((await runOf('handled')).state).toBe('waiting');
    await answer(task, 'did-not-happen');
    expect(await over(task.run_id)).toBe('cancelled');
    expect(await records(task.run_id)).toEqual([]);
  });

  it('outlives the engine, with its deadline', async () => {
    goDark('apply-then-drop');
    const task = await begin('handled', 'restart-1', freshHost());
    await corridor.restart(async () => undefined);
    expect((await taskOf(task.run_id)).state).toBe('open');
    await letSilencePass(task);
    expect(await over(task.run_id)).toBe('succeeded');
  });
});

it('of two people in the same instant one counts and the other is told', async () => {
  const second = createAdvancer(corridor.engine.parts);
  for (let round = 0; round < 6; round++) {
    corridor.lab.estate.clearFaults();
    goDark('drop-before');
    const task = await begin('handled', `race-${round}`, ws0244);
    const [yes, no] = await Promise.all([
      answer(task, 'happened', bo),
      answer(task, 'did-not-happen', cy, second),
    ]);
    expect([yes.ok, no.ok].filter(Boolean)).toHaveLength(1);
    expect(yes.ok ? no : yes).toMatchObject({ ok: false, code: 'task/closed' });
    expect((await taskOf(task.run_id)).state).toBe(yes.ok ? 'happened' : 'did-not-happen');
    await over(task.run_id);
    const story = await typesOf(task.run_id);
    expect(story.filter((type) => type === 'task.answered')).toHaveLength(1);
    expect(story.filter((type) => type === 'task.ignored')).toHaveLength(1);
    expect(await records(task.run_id)).toHaveLength(yes.ok ? 1 : 0);
  }
}, 120_000);

it('a target that answers late and says otherwise is written down and shown, and changes nothing', async () => {
  corridor.lab.estate.clearFaults();
  corridor.lab.estate.addFault({ method: 'POST', path: isolate, does: { kind: 'apply-then-drop' } });
  corridor.lab.estate.addFault({
    method: 'GET',
    path: looks,
    skip: 1,
    times: null,
    does: { kind: 'fail-before', status: 503 },
  });
  const task = await begin('handled', 'late-1', freshHost());
  corridor.lab.estate.clearFaults();
  corridor.lab.estate.addFault({ method: 'GET', path: looks, does: { kind: 'delay', ms: 1_500 } });
  await answer(task, 'ask');
  await until(async () => {
    const { rows } = await corridor.database.app.query(
      `select 1 from attempts where run_id = $1 and state = 'claimed'`,
      [task.run_id],
    );
    return rows.length > 0;
  });
  // Its worker is asked to break off; one that had the answer already reports it all the same.
  await corridor.database.owner.query(
    `update attempts set worker = 'elsewhere' where run_id = $1 and state = 'claimed'`,
    [task.run_id],
  );
  expect(await answer(task, 'did-not-happen')).toEqual({ ok: true, state: 'did-not-happen' });
  await until(async () => (await taskOf(task.run_id)).contradicted);
  expect((await taskOf(task.run_id)).state).toBe('did-not-happen');
  const shown = await openRead(corridor.database.app).readTask(defaultTenant, task.id);
  expect(shown?.late).toEqual([expect.objectContaining({ purpose: 'check', says: 'happened' })]);
  const late = (await entries(task.run_id)).find((each) => each.type === 'task.late-outcome');
  expect(late?.data).toMatchObject({ stands: 'did-not-happen', contradicts: true });
});

it('the database keeps a settled task as it is', async () => {
  const { rows } = await corridor.database.app.query<Row>(
    `select * from tasks where state <> 'open' limit 1`,
  );
  const [task] = rows;
  if (task === undefined) throw new Error('no task was settled');
  const change = (set: string) =>
    corridor.database.app.query(`update tasks set ${set} where id = $1`, [task.id]);
  await expect(change(`state = 'open', ended_at = null, settled_by = null`)).rejects.toThrow(/final/);
  await expect(change(`proof = 'something else'`)).rejects.toThrow(/cannot change/);
  await expect(corridor.database.app.query('delete from tasks')).rejects.toThrow(/permission denied/);
});

interface Entry {
  type: string;
  actor: { kind: string; id: string };
  planDigest?: string;
  reason?: string;
  data?: object;
}

async function entries(runId: string): Promise<Entry[]> {
  const { rows } = await corridor.database.owner.query<{ entry: Buffer }>(
    'select entry from audit_pending order by enqueued_at, id',
  );
  return rows
    .map(({ entry }) => JSON.parse(entry.toString('utf8')) as Entry)
    .filter((entry) => JSON.stringify(entry).includes(runId));
}
