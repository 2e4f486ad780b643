import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, questions, ws0117, ws0244 } from './questions.ts';

/* A person takes back what an ended run did, over the real store and the lab (language reference 6 and 9.3). */

let corridor: Corridor;
let bo: PersonId;
let eva: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  eva = await corridor.person('Eva', ['soc']);
  for (const id of ['one', 'other']) await corridor.publish(madePlaybook(id, contain));
  await corridor.publish(madePlaybook('both', contain + containOther));
  await corridor.publish(madePlaybook('asking', contain, '', 'ask'));
});
afterAll(() => corridor.close());

const contain = `${isolateStep}    lease: 72h\n`;
const containOther = `  - id: second
    action: edr.isolate-host
    with: { host_id: "${ws0244}", scope: full }
    lease: 72h
`;

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;
const released = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).released;

async function latest(playbookId: string) {
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
  if (run === undefined) throw new Error(`no run of ${playbookId}`);
  return run;
}

async function runOf(playbookId: string, sourceId: string, host: string): Promise<RunId> {
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await corridor.rest();
  return (await latest(playbookId)).id as RunId;
}

async function undone(runId: string): Promise<unknown[]> {
  const { rows } = await corridor.database.owner.query(
    `select path, undo from steps where run_id = $1 and action = 'edr.isolate-host' order by place`,
    [runId],
  );
  return rows;
}

const takeBack = (
  runId: RunId,
  personId: PersonId,
  steps: string[] | null = null,
  parts = corridor.engine.parts,
) =>
  undoRun(parts, {
    runId,
    steps,
    reason: 'It was nothing',
    actor: { kind: 'person', id: personId, channel: 'api' },
    personId,
    requestId: 'test',
  });

const cancel = (runId: RunId, undo: boolean) =>
  cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId,
    undo,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
  });

async function recordStates(runId: string): Promise<string[]> {
  const { rows } = await corridor.database.owner.query<{ state: string }>(
    'select state from undo_records where run_id = $1 order by seq',
    [runId],
  );
  return rows.map((row) => row.state);
}

function failReleases(): void {
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/unisolate',
    times: null,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
}

it('an ended run is taken back as a whole, and says who asked for it and why', async () => {
  const run = await runOf('one', 'whole-1', ws0117);
  expect((await latest('one')).state).toBe('succeeded');
  const before = released(ws0117);
  expect(await takeBack(run, bo)).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect((await latest('one')).state).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
  expect(released(ws0117)).toBe(before + 1);
  expect((await undone(run))[0]).toEqual({ path: 'run/isolate', undo: 'undone' });
  const { rows } = await corridor.database.owner.query<{ entry: Buffer }>(
    `select entry from audit_pending where convert_from(entry, 'UTF8') like '%run.undo-%' order by enqueued_at, id`,
  );
  const entries = rows.map(({ entry }) => JSON.parse(entry.toString('utf8')) as { type: string });
  expect(entries).toMatchObject([
    { type: 'run.undo-requested', actor: { kind: 'person', id: bo }, reason: 'It was nothing' },
    { type: 'run.undo-finished', outcome: 'success', data: { state: 'undone' } },
  ]);
  expect(await takeBack(run, bo)).toMatchObject({ ok: false, code: 'undo/nothing-left' });
});

it('of two effects one is taken back, and the run is what it was until the other is, too', async () => {
  const run = await runOf('both', 'part-1', ws0117);
  expect([isolation(ws0117), isolation(ws0244)]).toEqual(['Full', 'Full']);
  expect(await takeBack(run, bo, ['run/second'])).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect((await latest('both')).state).toBe('succeeded');
  expect([isolation(ws0117), isolation(ws0244)]).toEqual(['Full', 'none']);
  expect(await recordStates(run)).toEqual(['done', 'undone']);
  expect(await takeBack(run, bo, ['run/third'])).toMatchObject({ ok: false, code: 'request/invalid' });
  expect(await takeBack(run, bo)).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect((await latest('both')).state).toBe('undone');
  expect([isolation(ws0117), isolation(ws0244)]).toEqual(['none', 'none']);
});

it('an effect that another run holds stays, and the step says so', async () => {
  const first = await runOf('one', 'held-1', ws0244);
  const second = await runOf('other', 'held-2', ws0244);
  await takeBack(first, bo);
  await corridor.rest();
  expect(await undone(first)).toMatchObject([{ undo: 'retained' }]);
  expect((await latest('one')).state).toBe('undone');
  expect(isolation(ws0244)).toBe('Full');
  await takeBack(second, bo);
  await corridor.rest();
  expect(await undone(second)).toMatchObject([{ undo: 'undone' }]);
  expect(isolation(ws0244)).toBe('none');
});

it('a release that fails leaves the undo incomplete; tried again it is undone', async () => {
  const run = await runOf('one', 'again-1', ws0117);
  failReleases();
  await takeBack(run, bo);
  await corridor.rest();
  corridor.lab.estate.clearFaults();
  expect((await latest('one')).state).toBe('undo-incomplete');
  expect(isolation(ws0117)).toBe('Full');
  expect(await takeBack(run, bo, ['run/isolate'])).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect((await latest('one')).state).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
});

it('of two who ask at the same time one takes it back, and the other is told', async () => {
  const run = await runOf('one', 'twice-1', ws0117);
  const before = released(ws0117);
  const answers = await Promise.all([takeBack(run, bo), takeBack(run, eva)]);
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  expect(answers.find((answer) => !answer.ok)).toMatchObject({ code: 'undo/not-ended' });
  await corridor.rest();
  expect((await latest('one')).state).toBe('undone');
  expect(released(ws0117)).toBe(before + 1);
});

it('a run that is under way is cancelled with undo instead; nothing of it is taken back beside it', async () => {
  await corridor.sendBody(hostAlert('asking', 'under-way-1', ws0117));
  await corridor.rest();
  const run = (await latest('asking')).id as RunId;
  expect(await takeBack(run, bo)).toMatchObject({ ok: false, code: 'undo/not-ended' });
  const [asked] = await questions(corridor, 'pending');
  if (asked === undefined) throw new Error('nothing is asked');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true });
  await corridor.rest();
  expect(isolation(ws0117)).toBe('Full');
});

it('in mode ask the inverse is asked about, and whoever ordered the undo does not decide', async () => {
  const run = (await latest('asking')).id as RunId;
  await takeBack(run, bo);
  await expect.poll(async () => (await questions(corridor, 'pending')).length).toBe(1);
  const [asked] = await questions(corridor, 'pending');
  if (asked === undefined) throw new Error('nothing is asked');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'approval/separation' });
  expect(await decide(corridor, asked, eva)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect((await latest('asking')).state).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
});

it('an undo whose process died right after it was ordered is found again', async () => {
  const run = await runOf('one', 'died-1', ws0117);
  const deaf = { ...corridor.engine.parts, afterCommit: () => undefined };
  expect(await takeBack(run, bo, null, deaf)).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect((await latest('one')).state).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
});

it('what was partly taken back is no ground for a restart', async () => {
  const end = '  - id: end\n    stop: { outcome: failed, reason: Enough }\n';
  await corridor.publish(madePlaybook('failing', contain + containOther + end));
  const run = await runOf('failing', 'restart-1', ws0117);
  expect(await takeBack(run, bo, ['run/second'])).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect((await latest('failing')).state).toBe('failed');
  const again = await restartStep(corridor.engine.parts, corridor.engine.admitter, {
    runId: run,
    step: 'run/end',
    reason: 'again',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(again).toMatchObject({ ok: false, code: 'run/not-restartable' });
  await takeBack(run, bo);
  await corridor.rest();
  expect((await latest('failing')).state).toBe('undone');
});

it.each(['on_failure', 'finally'])(
  'a run that does its last steps (%s) is taken back in one go: the cancel with undo cuts them short',
  async (block) => {
    const id = `last-${block.replace('_', '-')}`;
    const last = `${block}:\n  - id: linger\n    wait: 5d\n`;
    const end = '  - id: end\n    stop: { outcome: failed, reason: Enough }\n';
    await corridor.publish(madePlaybook(id, contain + end, last));
    const run = await runOf(id, `${id}-1`, ws0117);
    expect((await latest(id)).state).toBe('waiting');
    expect(isolation(ws0117)).toBe('Full');
    expect(await takeBack(run, bo)).toMatchObject({ detail: expect.stringContaining('cancel it with undo') });
    expect(await cancel(run, false)).toMatchObject({
      code: 'request/conflict',
      detail: expect.stringContaining('with undo'),
    });
    expect(await cancel(run, true)).toEqual({ ok: true });
    await corridor.rest();
    expect(isolation(ws0117)).toBe('none');
    expect((await latest(id)).state).toBe('failed');
    expect(await recordStates(run)).toEqual(['undone']);
  },
);

it('of a run that took everything back and does its last steps there is nothing to cancel, which is said', async () => {
  const pause = (id: string) => `  - id: ${id}\n    wait: 5d\n`;
  await corridor.publish(madePlaybook('lingering', contain + pause('pause'), `finally:\n${pause('linger')}`));
  const run = await runOf('lingering', 'lingering-1', ws0117);
  expect(await cancel(run, true)).toEqual({ ok: true });
  await corridor.rest();
  expect([(await latest('lingering')).state, isolation(ws0117)]).toEqual(['waiting', 'none']);
  for (const undo of [true, false])
    expect(await cancel(run, undo)).toMatchObject({
      code: 'request/conflict',
      detail: expect.stringContaining('nothing left to cancel'),
    });
});
