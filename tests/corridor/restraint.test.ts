import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import type { RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import {
  db1,
  dc01,
  decide,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  questions,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* What keeps the engine from acting: guards, modes, the emergency stop, a person who cancels. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: ['ransomware/isolate-host'] });
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const runOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId).at(-1);

it('a domain controller is denied by its guard before anybody is asked', async () => {
  await corridor.send('03-ransomware-on-domain-controller.json');
  await corridor.rest();
  const run = await runOf('ransomware-isolate-host');
  expect(run?.state).toBe('denied');
  expect(await questions(corridor)).toEqual([]);
  const story = (await corridor.story(run?.id)).map((entry) => entry.type);
  expect(story).toContain('guard.denied');
  expect(isolated(dc01)).toMatchObject({ orders: 0, applied: 0 });
});

it('mode audit reads, and writes nothing anywhere', async () => {
  await corridor.publish(madePlaybook('watching', `${lookStep}${isolateStep}${tellStep}`, '', 'audit'));
  const before = corridor.lab.estate.effects();
  const messages = corridor.lab.estate.messages().length;
  await corridor.sendBody(hostAlert('watching', 'watching-1', ws0244));
  await corridor.rest();
  const run = await runOf('watching');
  expect(run?.state).toBe('succeeded');
  expect(corridor.lab.estate.effects()).toEqual(before);
  expect(corridor.lab.estate.messages()).toHaveLength(messages);
  const story = (await corridor.story(run?.id)).map((entry) => `${entry.type} ${entry.step ?? ''}`);
  expect(story.filter((line) => line.startsWith('action.simulated'))).toHaveLength(2);
  expect(story.filter((line) => line.startsWith('action.attempted'))).toHaveLength(1);
});

const stop = (reason: string, personId: string | null = null) => ({
  scope: 'everything' as const,
  subject: '',
  reason,
  actor: testActor,
  personId,
  requestId: 'test',
});

it('the emergency stop holds containment, lets reads and notices go on, and needs two people to end', async () => {
  const { parts } = corridor.engine;
  await corridor.publish(
    madePlaybook(
      'stopped',
      `${lookStep}${tellStep}  - id: both
    parallel:
      contain:
        - id: isolate
          action: edr.isolate-host
          with: { host_id: "\${{ inputs.host_id }}" }
      people:
        - id: tell_more
          action: chat.post-message
          with: { channel: soc, text: "Still looking." }
`,
    ),
  );
  expect(await setStop(parts, stop('a playbook runs wild'))).toMatchObject({ ok: true });
  const messages = corridor.lab.estate.messages().length;
  await corridor.sendBody(hostAlert('stopped', 'stopped-1', ws0244));
  await until(async () => corridor.lab.estate.messages().length === messages + 2);
  await corridor.rest();
  const held = await runOf('stopped');
  expect(held?.state).toBe('waiting');
  expect(isolated(ws0244).orders).toBe(0);
  expect((await corridor.story(held?.id)).map((entry) => entry.type)).toContain('action.held');

  expect(await clearAsSeen(parts, stop('over', null))).toMatchObject({
    ok: false,
    code: 'approval/needs-person',
  });
  const bo = await corridor.person('Bo', ['soc'], ['approver', 'operator']);
  const cy = await corridor.person('Cy', ['soc'], ['approver', 'operator']);
  for (let time = 0; time < 2; time++)
    expect(await clearAsSeen(parts, stop('over', bo))).toMatchObject({
      ok: true,
      state: 'needs-second-person',
    });
  await corridor.rest();
  expect(isolated(ws0244).orders).toBe(0);
  expect(await clearAsSeen(parts, stop('over', cy))).toMatchObject({ ok: true, state: 'cleared' });
  await until(async () => (await runOf('stopped'))?.state === 'succeeded');
  expect(isolated(ws0244)).toMatchObject({ applied: 1, duplicates: 0 });
});

it('a yes that was given before the stop does not get past it', async () => {
  const { parts } = corridor.engine;
  await corridor.send('02-ransomware-on-hospital-database.json');
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  await setStop(parts, stop('wait'));
  const bo = await corridor.person('Bo', ['soc-tier2']);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(isolated(db1).orders).toBe(0);
  expect((await runOf('ransomware-isolate-host'))?.state).toBe('waiting');
});

it('a held run can be cancelled, and clearing the stop then sends nothing', async () => {
  const { parts, advancer } = corridor.engine;
  const run = await runOf('ransomware-isolate-host');
  const order = {
    runId: run?.id as RunId,
    actor: testActor,
    reason: 'by hand',
    undo: false,
    requestId: 'test',
  };
  expect(await cancelRun(parts, advancer, order)).toEqual({ ok: true });
  await corridor.rest();
  expect((await runOf('ransomware-isolate-host'))?.state).toBe('cancelled');
  for (const name of ['Dan', 'Eli'])
    await clearAsSeen(parts, stop('over', await corridor.person(name, ['soc'], ['operator'])));
  await corridor.rest();
  expect(isolated(db1)).toMatchObject({ orders: 0, applied: 0 });
  expect(await cancelRun(parts, advancer, order)).toMatchObject({ ok: false, code: 'request/conflict' });
});

it('cancelling a run that waits for a person ends its question with it', async () => {
  const { parts, advancer } = corridor.engine;
  await corridor.publish(
    madePlaybook('given-up', `${isolateStep}    approval: { approvers: [group:soc] }\n${tellStep}`),
  );
  await corridor.sendBody(hostAlert('given-up', 'given-up-1', ws0117));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  const order = {
    runId: asked.run_id as RunId,
    actor: testActor,
    reason: 'false alarm',
    undo: false,
    requestId: 'test',
  };
  expect(await cancelRun(parts, advancer, order)).toEqual({ ok: true });
  await corridor.rest();
  expect((await runOf('given-up'))?.state).toBe('cancelled');
  expect((await questions(corridor)).find((each) => each.id === asked.id)?.state).toBe('cancelled');
  const bo = await corridor.person('Bo', ['soc']);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'approval/already-decided' });
  expect(isolated(ws0117).orders).toBe(0);
});
