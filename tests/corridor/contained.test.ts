import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaveAsIs } from '../../engine/runtime/leave-as-is.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { undoRecord } from '../../engine/runtime/undo-record.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { defaultTenant, type PersonId, type RunId, type UndoId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* What is contained at this instant, and releasing it while its run goes on or after it has ended. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('waiting', containThenWait));
  await corridor.publish(madePlaybook('short', `${isolateStep}    lease: 72h\n`));
  await corridor.publish(
    madePlaybook(
      'asked',
      `${isolateStep}    lease: 72h\n    approval: { ask: "Isolate?", approvers: [group:soc] }\n`,
    ),
  );
});
afterAll(() => corridor.close());

const containThenWait = `${isolateStep}    lease: 72h
  - id: gate
    approval: { ask: "Was it nothing?", covers: [tell], approvers: [group:soc] }
  - id: back
    undo: [isolate]
    reason: It was nothing
${tellStep}`;

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;
const contained = async () =>
  (await openRead(corridor.database.app).listContained(defaultTenant, {}, { limit: 50 })).items;
const start = async (playbookId: string, sourceId: string, host: string) => {
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await corridor.rest();
};
const said = () => ({
  reason: 'The host is needed',
  actor: { kind: 'person' as const, id: bo, channel: 'api' as const },
  personId: bo,
  requestId: 'test',
});
const release = (recordId: string) =>
  undoRecord(corridor.engine.parts, { recordId: recordId as UndoId, overwrite: null, ...said() });

it('a run that moves still has its host released beside its steps, and then has nothing left to take back', async () => {
  await start('waiting', 'waiting-1', ws0117);
  const [held] = await contained();
  expect(held).toMatchObject({
    effect: 'network-isolated',
    target: { kind: 'host', id: ws0117 },
    origin: 'ours',
    state: 'done',
    run: { state: 'waiting' },
    playbook: { id: 'waiting' },
    approvedBy: [],
    others: [],
  });
  expect(held?.lease?.atEnd).toBe('ask');
  expect(await release(held?.id ?? '')).toEqual({ ok: true, runId: held?.run.id });
  await until(async () => (await contained()).length === 0);
  expect(isolation(ws0117)).toBe('none');
  await corridor.rest();
  expect((await corridor.runs()).at(-1)).toMatchObject({ state: 'waiting' });
  const before = corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).released;
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  expect((await corridor.runs()).at(-1)).toMatchObject({ state: 'succeeded' });
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).released).toBe(before);
  expect(await release(held?.id ?? '')).toMatchObject({ ok: false, code: 'undo/nothing-left' });
});

it('of two runs that hold one host each is named to the other, and who approved stands beside it', async () => {
  await start('short', 'short-1', ws0244);
  await corridor.sendBody(hostAlert('asked', 'asked-1', ws0244));
  await corridor.rest();
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  const [asked, short] = await contained();
  expect([asked?.approvedBy, short?.approvedBy]).toEqual([['Bo'], []]);
  expect([asked?.others, short?.others]).toEqual([[short?.run.id], [asked?.run.id]]);
  expect(await release(short?.id ?? '')).toMatchObject({ ok: true });
  await corridor.rest();
  expect((await contained()).map(({ id, others, origin }) => [id, others, origin])).toEqual([
    [asked?.id, [], 'ours'],
  ]);
  expect(isolation(ws0244)).toBe('Full');
  expect(await release(asked?.id ?? '')).toMatchObject({ ok: true });
  await corridor.rest();
  expect(await contained()).toEqual([]);
  expect(isolation(ws0244)).toBe('none');
});

it('of two who release at the same instant one does, and the other is told', async () => {
  await start('short', 'twice-1', ws0117);
  const [held] = await contained();
  const answers = await Promise.all([release(held?.id ?? ''), release(held?.id ?? '')]);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  expect(answers.find(({ ok }) => !ok)).toMatchObject({ code: 'undo/not-ended' });
  await corridor.rest();
  expect(isolation(ws0117)).toBe('none');
});

it('what has no inverse is not released: nobody is told that it was, and it stays in the list', async () => {
  await corridor.publish(madePlaybook('for-good', `${isolateStep}    rollback: none\n`));
  await start('for-good', 'for-good-1', ws0117);
  const [held] = await contained();
  expect(held).toMatchObject({ state: 'done', inverse: null });
  expect(await release(held?.id ?? '')).toMatchObject({ ok: false, code: 'undo/no-inverse' });
  await corridor.rest();
  expect((await contained()).map(({ id, state }) => [id, state])).toEqual([[held?.id, 'done']]);
  expect(isolation(ws0117)).toBe('Full');
});

it('an undo of its whole run does not free it either: it stays in the list until a person says that it is free', async () => {
  const { parts } = corridor.engine;
  const [held] = await contained();
  const { rows } = await corridor.database.app.query<{ run_id: string }>(
    'select run_id from undo_records where id = $1',
    [held?.id],
  );
  const runId = (rows[0]?.run_id ?? '') as RunId;
  expect(await undoRun(parts, { runId, steps: null, ...said() })).toMatchObject({ ok: true });
  await corridor.rest();
  expect((await contained()).map(({ id, state }) => [id, state])).toEqual([[held?.id, 'irreversible']]);
  expect(isolation(ws0117)).toBe('Full');
  expect(await release(held?.id ?? '')).toMatchObject({ ok: false, code: 'undo/no-inverse' });
  const recordId = (held?.id ?? '') as UndoId;
  expect(await leaveAsIs(parts, { recordId, ...said() })).toMatchObject({ ok: true });
  expect(await contained()).toEqual([]);
});
