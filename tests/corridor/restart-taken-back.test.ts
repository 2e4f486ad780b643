import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, ws0117, ws0244 } from './questions.ts';

/* A restart goes on from what stands (decision record 0011). What was taken back does not, unless the plan did it. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

const ground = `${isolateStep}    lease: 72h\n`;
const failing = (more = '') => `  - id: second
    action: edr.isolate-host
    with: { host_id: "${ws0244}", scope: full }
    lease: 72h
    retry: { max_attempts: 1 }
${more}`;
const giveBack = 'undo: [isolate]';
const notGround = { ok: false, code: 'run/not-restartable' };

/** Isolating the second host fails so often, then works. */
function fail(times: number): void {
  corridor.lab.estate.addFault({
    method: 'POST',
    path: `/mde/api/machines/${ws0244}/isolate`,
    times,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
}

const waiting = `  - id: verdict
    wait:
      for: incident.updated
      match: signal.incident.status == "resolved"
      timeout: 5d
      on_timeout: continue
`;

/** A playbook that only others start. */
const calledPlaybook = (id: string, steps: string) =>
  madePlaybook(id, steps)
    .replace(/triggers:[\s\S]*inputs:/, 'triggers: [{ id: by_hand, type: manual, targets: [host] }]\ninputs:')
    .replace('      on_alert: ${{ host.id }}\n', '');
const call = (id: string) =>
  `  - id: inner\n    call: ${id}\n    with: { host_id: "\${{ inputs.host_id }}" }\n`;

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;

const said = () => ({ actor: { kind: 'person' as const, id: bo, channel: 'api' as const }, personId: bo });

async function restart(run: { id: string } | undefined, step = 'run/second') {
  const runId = (run?.id ?? '') as RunId;
  const input = { runId, step, reason: 'again', requestId: 'test', ...said() };
  const answer = await restartStep(corridor.engine.parts, corridor.engine.admitter, input);
  await corridor.rest();
  return answer;
}

const orderUndo = (run: { id: string } | undefined, parts = corridor.engine.parts) =>
  undoRun(parts, {
    runId: (run?.id ?? '') as RunId,
    steps: null,
    reason: 'x',
    requestId: 'test',
    ...said(),
  });

async function takeBack(run: { id: string } | undefined): Promise<void> {
  expect(await orderUndo(run)).toMatchObject({ ok: true });
  await corridor.rest();
}

async function cancelWithUndo(run: { id: string } | undefined): Promise<void> {
  const { actor } = said();
  const input = { runId: (run?.id ?? '') as RunId, actor, reason: 'x', undo: true, requestId: 'test' };
  expect(await cancelRun(corridor.engine.parts, corridor.engine.advancer, input)).toEqual({ ok: true });
  await corridor.rest();
}

const runsOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId);

/** Its run, which has ended without success. */
async function ended(playbookId: string, steps: string, more = '', failures = 1) {
  await corridor.publish(madePlaybook(playbookId, steps, more));
  fail(failures);
  await corridor.sendBody(hostAlert(playbookId, playbookId, ws0117));
  await corridor.rest();
  const [run] = await runsOf(playbookId);
  expect(run?.state).toBe('failed');
  return run;
}

it.each([
  ['by on_error: undo', 'on-error', '    on_error: undo\n', ''],
  [
    'by an undo step that handles the failure',
    'handler',
    `    on_error: { steps: [{ id: back, ${giveBack} }], then: fail }\n`,
    '',
  ],
  ['by an undo step of on_failure', 'on-failure', '', `on_failure:\n  - id: back\n    ${giveBack}\n`],
])('what was taken back %s is no ground for a restart', async (_how, id, handling, closing) => {
  const run = await ended(id, ground + failing(handling), closing);
  expect(isolation(ws0117)).toBe('none');
  expect(await restart(run)).toMatchObject(notGround);
  expect(await runsOf(id)).toHaveLength(1);
  expect(isolation(ws0117)).toBe('none');
});

it('what the plan had taken back before it came to the step is', async () => {
  const run = await ended('in-turn', `${ground}  - id: back\n    ${giveBack}\n${failing()}`);
  expect(isolation(ws0117)).toBe('none');
  const restarted = await restart(run);
  expect(restarted).toMatchObject({ ok: true });
  expect((await runsOf('in-turn')).map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  // A second click is answered like the first, whatever became of what it had made.
  const [, again] = await runsOf('in-turn');
  await takeBack(again);
  expect(await restart(run)).toEqual({ ...restarted, repeated: true });
});

it('what was taken back of the run that a restart takes up is no ground either', async () => {
  const first = await ended('line', ground + failing(), '', 2);
  expect(await restart(first)).toMatchObject({ ok: true });
  await takeBack(first);
  expect(isolation(ws0117)).toBe('none');
  const [, second] = await runsOf('line');
  expect(second?.state).toBe('failed');
  expect(await restart(second)).toMatchObject(notGround);
});

it('nothing is taken back of what a restart under way rests on, however many runs lie between', async () => {
  const first = await ended('long-line', ground + failing() + waiting, '', 2);
  expect(await restart(first)).toMatchObject({ ok: true });
  const [, second] = await runsOf('long-line');
  expect(second?.state).toBe('failed');
  expect(await restart(second)).toMatchObject({ ok: true });
  const [, , third] = await runsOf('long-line');
  expect(third?.state).toBe('waiting');
  for (const run of [first, second])
    expect(await orderUndo(run)).toMatchObject({
      ok: false,
      code: 'undo/not-ended',
      detail: expect.stringContaining(third?.id ?? '-'),
    });
  expect(isolation(ws0117)).toBe('Full');
  await cancelWithUndo(third);
  expect([isolation(ws0117), isolation(ws0244)]).toEqual(['none', 'none']);
});

it('a run whose undo was incomplete is not so any more when the rest was taken back by another one of its line', async () => {
  const first = await ended('settled-late', ground + failing() + waiting);
  expect(await restart(first)).toMatchObject({ ok: true });
  const [, again] = await runsOf('settled-late');
  corridor.lab.estate.addFault({
    method: 'POST',
    path: `/mde/api/machines/${ws0117}/unisolate`,
    times: null,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  await cancelWithUndo(again);
  corridor.lab.estate.clearFaults();
  expect((await runsOf('settled-late')).map(({ state }) => state)).toEqual(['failed', 'undo-incomplete']);
  await takeBack(first);
  expect(isolation(ws0117)).toBe('none');
  expect((await runsOf('settled-late')).map(({ state }) => state)).toEqual(['undone', 'undone']);
});

it('nor of what a called run did, while its caller is under way or taken up again', async () => {
  await corridor.publish(calledPlaybook('gone-on', ground));
  const run = await ended('caller-gone-on', call('gone-on') + failing() + waiting);
  const [child] = await runsOf('gone-on');
  expect(await restart(run)).toMatchObject({ ok: true });
  const [, again] = await runsOf('caller-gone-on');
  expect(again?.state).toBe('waiting');
  expect(await orderUndo(child)).toMatchObject({
    ok: false,
    code: 'undo/not-ended',
    detail: expect.stringContaining(again?.id ?? '-'),
  });
  await cancelWithUndo(again);
  expect([isolation(ws0117), isolation(ws0244)]).toEqual(['none', 'none']);
});

it('a restart and an undo further back that begin in the same instant: one of them is refused', async () => {
  const first = await ended('same-instant', ground + failing() + waiting, '', 2);
  expect(await restart(first)).toMatchObject({ ok: true });
  const [, second] = await runsOf('same-instant');
  const input = {
    runId: (second?.id ?? '') as RunId,
    step: 'run/second',
    reason: 'again',
    requestId: 'test',
  };
  let restarting: ReturnType<typeof restartStep> | null = null;
  // The records are claimed, and not yet for anybody else to see.
  const parts: EngineParts = {
    ...corridor.engine.parts,
    pass(point) {
      if (point === 'undo.claimed')
        restarting = restartStep(corridor.engine.parts, corridor.engine.admitter, { ...input, ...said() });
    },
  };
  expect(await orderUndo(first, parts)).toMatchObject({ ok: true });
  expect(await restarting).toMatchObject(notGround);
  await corridor.rest();
  expect(await runsOf('same-instant')).toHaveLength(2);
  expect(isolation(ws0117)).toBe('none');
});

it('what a called playbook took back of its own does not keep the call from being restarted', async () => {
  await corridor.publish(calledPlaybook('child', ground + failing('    on_error: undo\n')));
  const run = await ended('caller', call('child'));
  expect(isolation(ws0117)).toBe('none');
  expect(await restart(run, 'run/inner')).toMatchObject({ ok: true });
  expect((await runsOf('caller')).map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  expect([isolation(ws0117), isolation(ws0244)]).toEqual(['Full', 'Full']);
});
