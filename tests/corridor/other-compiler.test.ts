import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeptRuns } from '../../engine/runtime/keep-runs.ts';
import { unparkRuns } from '../../engine/runtime/park-runs.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
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
} from './questions.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const isolated = () => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).applied;

/** As if another engine had compiled the plan; the database itself refuses to change what a run is pinned to. */
async function pinTo(change: '+ 1' | '- 1'): Promise<void> {
  const { owner } = corridor.database;
  await owner.query('alter table runs disable trigger user');
  await owner.query(`update runs set compiler_version = compiler_version ${change}`);
  await owner.query('alter table runs enable trigger user');
  // Nor did this process ever have it: what it keeps of a run never changes.
  corridor.engine.parts.keptRuns = createKeptRuns();
}

it('a run whose compiler version this engine cannot load waits with run/needs-engine, and goes on under one that can', async () => {
  await corridor.publish(madePlaybook('older', `${isolateStep}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert('older', 'older-1', ws0117));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  const bo = await corridor.person('Bo', ['soc']);

  await pinTo('+ 1');
  expect(await decide(corridor, asked, bo)).not.toMatchObject({ ok: true });
  await corridor.rest();
  expect(await corridor.runs()).toMatchObject([{ state: 'waiting', reason: 'run/needs-engine' }]);
  expect(isolated()).toBe(0);

  await pinTo('- 1');
  await unparkRuns(corridor.database.app, defaultTenant);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true });
  await corridor.rest();
  expect(await corridor.runs()).toMatchObject([{ state: 'succeeded' }]);
  expect(isolated()).toBe(1);
});

it('what is due of a run that ended under another compiler is put off, too, and does not crowd out others', async () => {
  const { owner } = corridor.database;
  await corridor.publish(madePlaybook('leased', `${isolateStep}    lease: { for: 72h, at_end: ask }\n`));
  await corridor.sendBody(hostAlert('leased', 'leased-1', ws0244));
  await corridor.rest();
  await owner.query('update undo_records set lease_until = clock_timestamp() where lease_until is not null');
  await until(async () => (await questions(corridor, 'pending')).length > 0);
  const asked = await onlyQuestion(corridor);
  const ended = (await corridor.runs()).find(({ id }) => id === asked.run_id);
  expect(ended?.state).toBe('succeeded');

  await pinTo('+ 1');
  const due = `select min(due_at) > clock_timestamp() as later from deadlines where run_id = $1`;
  const isLater = async () => (await owner.query<{ later: boolean }>(due, [asked.run_id])).rows[0]?.later;
  await owner.query('update deadlines set due_at = clock_timestamp() where run_id = $1', [asked.run_id]);
  expect(await isLater()).toBe(false);
  await until(async () => (await isLater()) === true);
  expect((await corridor.runs()).find(({ id }) => id === asked.run_id)?.state).toBe('succeeded');
  expect(await questions(corridor, 'pending')).toMatchObject([{ id: asked.id }]);
});
