import { afterAll, beforeAll, expect, it } from 'vitest';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { growOld } from '../support/grow-old.ts';
import { letGoAll, placesOf } from './let-go-all.ts';

/* What the engine itself has written goes whole, or stays whole (decision record 0040). */

let corridor: Corridor;
let bo: PersonId;
let eva: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  eva = await corridor.person('Eva', ['soc']);
  await corridor.publish(madePlaybook('one', isolateStep, '', 'ask'));
});
afterAll(() => corridor.close());

const resolve = () => corridor.database.owner.query(`update incidents set status = 'resolved'`);

async function contain(
  sourceId: string,
  host: string,
  incident: string,
): Promise<{ alert: string; run: RunId }> {
  const alert = await corridor.sendBody({ ...hostAlert('one', sourceId, host), incident: { id: incident } });
  await corridor.rest();
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  const run = (await corridor.runs()).at(-1);
  if (run === undefined) throw new Error('nothing has started');
  return { alert, run: run.id as RunId };
}

it('keeps a host that is isolated, whole, and lets it go when it was taken back so long ago', async () => {
  const { alert, run } = await contain('a1', ws0117, 'i1');
  await resolve();
  await growOld(corridor.database.owner, 40);
  const before = await placesOf(corridor.database.owner, [alert, run]);

  const first = await letGoAll(corridor.database.app);
  expect(first.removed).toEqual({ incidents: 0, alerts: 0, runs: 0, signals: 0 });
  expect(first.kept).toEqual({ contained: 1 });
  expect(await placesOf(corridor.database.owner, [alert, run])).toEqual(before);

  const taken = await undoRun(corridor.engine.parts, {
    runId: run,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(taken).toMatchObject({ ok: true });
  await until(async () => (await questions(corridor, 'pending')).length > 0);
  await decide(corridor, await onlyQuestion(corridor), eva);
  await corridor.rest();
  expect((await letGoAll(corridor.database.app)).kept).toEqual({ 'younger-part': 1 });

  await growOld(corridor.database.owner, 40);
  const last = await letGoAll(corridor.database.app);
  expect(last.removed).toMatchObject({ incidents: 1, alerts: 1, runs: 1 });
  expect(last.kept).toEqual({});
  expect(await placesOf(corridor.database.owner, [alert, run])).toEqual([]);
  const again = await undoRun(corridor.engine.parts, {
    runId: run,
    steps: null,
    reason: 'It was something',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(again).toMatchObject({ ok: false, code: 'request/not-found' });
});

it('lets nothing go that is younger, of which the incident is open, or that is not asked for', async () => {
  const { alert, run } = await contain('a2', ws0244, 'i2');
  await growOld(corridor.database.owner, 30);
  await resolve();
  expect((await letGoAll(corridor.database.app)).removed.alerts).toBe(0);
  await growOld(corridor.database.owner, 10);
  await corridor.database.owner.query(`update incidents set status = 'in_progress'`);
  expect((await letGoAll(corridor.database.app)).kept).toEqual({ 'incident-open': 1 });
  expect(await placesOf(corridor.database.owner, [alert, run])).toContain('runs.id');
});

it('says in the log what went, in the transaction that removed it', async () => {
  const story = await corridor.story();
  const removed = story.filter(({ type }) => type === 'retention.removed');
  expect(removed).toMatchObject([{ data: { days: 31, incidents: 1, alerts: 1, runs: 1 } }]);
});
