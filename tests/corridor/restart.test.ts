import { afterAll, beforeAll, expect, it } from 'vitest';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  dc01,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  tellStep,
  ws0117,
  ws0244,
} from './questions.ts';

const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';

/* A failed or denied step is taken up again by a new run (decision record 0011). */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  cy = await corridor.person('Cy', ['soc']);
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

const restart = (runId: string, step: string) =>
  restartStep(corridor.engine.parts, corridor.engine.admitter, {
    runId: runId as RunId,
    step,
    reason: 'The vendor works again',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });

const runsOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId);

/** What was sent so far, by step. */
async function sent(playbookId: string): Promise<{ step: string; generation: number }[]> {
  const { rows } = await corridor.database.owner.query<{ step: string; generation: number }>(
    `select a.step_path as step, a.generation from attempts a join runs r on r.id = a.run_id
     where r.playbook_id = $1 and a.purpose = 'perform' order by a.created_at, a.generation`,
    [playbookId],
  );
  return rows;
}

it('a failed step is done again under a key of its own; what had ended well stays done', async () => {
  await corridor.publish(
    madePlaybook('failing', `${tellStep}${isolateStep}    retry: { max_attempts: 1 }\n`),
  );
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  await corridor.sendBody(hostAlert('failing', 'failing-1', ws0117));
  await corridor.rest();
  const [ended] = await runsOf('failing');
  expect(ended?.state).toBe('failed');
  const messages = corridor.lab.estate.messages('soc').length;
  const restarted = await restart(ended?.id ?? '', 'run/isolate');
  expect(restarted).toMatchObject({ ok: true, repeated: false });
  await corridor.rest();
  expect(await runsOf('failing')).toMatchObject([{ id: ended?.id, state: 'failed' }, { state: 'succeeded' }]);
  expect(isolated(ws0117)).toMatchObject({ orders: 2, failed: 1, applied: 1, duplicates: 0 });
  // The message had been sent by the ended run.
  expect(corridor.lab.estate.messages('soc')).toHaveLength(messages);
  expect(await sent('failing')).toMatchObject([
    { step: 'run/tell' },
    { step: 'run/isolate' },
    { step: 'run/isolate' },
  ]);
  // A second click finds the run that the first one made.
  expect(await restart(ended?.id ?? '', 'run/isolate')).toEqual({ ...restarted, repeated: true });
  expect(await runsOf('failing')).toHaveLength(2);
  expect((await corridor.story()).map((entry) => entry.type)).toContain('run.restarted');
});

it('a denied step asks again, and whoever restarted it does not decide', async () => {
  await corridor.publish(
    madePlaybook('denied', `${isolateStep}    approval: { approvers: [group:soc] }\n${tellStep}`),
  );
  await corridor.sendBody(hostAlert('denied', 'denied-1', ws0244));
  await corridor.rest();
  await decide(corridor, await onlyQuestion(corridor), cy, 'deny');
  await corridor.rest();
  const [ended] = await runsOf('denied');
  expect(ended?.state).toBe('denied');
  expect(await restart(ended?.id ?? '', 'run/isolate')).toMatchObject({ ok: true });
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  expect(asked.run_id).not.toBe(ended?.id);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'approval/separation' });
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect((await runsOf('denied')).map((run) => run.state)).toEqual(['denied', 'succeeded']);
  expect(isolated(ws0244)).toMatchObject({ applied: 1, duplicates: 0 });
});

it('only a step that failed or was denied, in a run that has ended, is restarted', async () => {
  const [, again] = await runsOf('denied');
  expect(await restart(again?.id ?? '', 'run/isolate')).toMatchObject({
    ok: false,
    code: 'request/conflict',
  });
  const [ended] = await runsOf('denied');
  expect(await restart(ended?.id ?? '', 'run/tell')).toMatchObject({
    ok: false,
    code: 'run/not-restartable',
  });
  expect(await restart('run_nobody', 'run/tell')).toMatchObject({ ok: false, code: 'request/not-found' });
});

it('two people who restart two failed branches at once: one run does everything that failed, once', async () => {
  const branch = (name: string, host: string) => `      ${name}:
        - id: ${name}
          action: edr.isolate-host
          with: { host_id: "${host}", scope: full }
          retry: { max_attempts: 1 }
        - id: say_${name}
          action: chat.post-message
          with: { channel: soc, text: "${name}" }
`;
  const steps = `  - id: both
    join: settle
    parallel:
${branch('one', db1)}${branch('two', dc01)}`;
  await corridor.publish(madePlaybook('branches', steps));
  for (const host of [db1, dc01])
    corridor.lab.estate.addFault({
      method: 'POST',
      path: `/mde/api/machines/${host}/isolate`,
      does: { kind: 'end-machine-action', as: 'Failed' },
    });
  await corridor.sendBody(hostAlert('branches', 'branches-1', db1));
  await corridor.rest();
  const [ended] = await runsOf('branches');
  expect(ended?.state).toBe('failed');
  const before = corridor.lab.estate.messages('soc').length;
  const answers = await Promise.all(['run/one', 'run/two'].map((step) => restart(ended?.id ?? '', step)));
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  const [, again] = await runsOf('branches');
  const refused = answers.find(({ ok }) => !ok);
  expect(refused).toMatchObject({
    code: 'request/conflict',
    detail: expect.stringContaining(again?.id ?? '-'),
  });
  await corridor.rest();
  expect((await runsOf('branches')).map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  expect(corridor.lab.estate.messages('soc')).toHaveLength(before + 2);
  for (const host of [db1, dc01]) expect(isolated(host)).toMatchObject({ orders: 2, failed: 1, applied: 1 });
});

it('a restarted run covers the alerts that its run covered', async () => {
  const dedupe = 'dedupe:\n  key: ${{ "host/" + inputs.host_id }}\n  window: 4h\n';
  await corridor.publish(
    madePlaybook('covering', `${isolateStep}    retry: { max_attempts: 1 }\n${tellStep}`, dedupe),
  );
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  await corridor.sendBody(hostAlert('covering', 'covering-1', ws0301));
  await corridor.rest();
  const [ended] = await runsOf('covering');
  expect(await restart(ended?.id ?? '', 'run/isolate')).toMatchObject({ ok: true });
  await corridor.rest();
  await corridor.sendBody(hostAlert('covering', 'covering-2', ws0301));
  await corridor.rest();
  expect((await runsOf('covering')).map(({ state }) => state)).toEqual(['failed', 'succeeded']);
});
