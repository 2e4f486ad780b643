import { afterAll, beforeAll, expect, it } from 'vitest';
import { createResponseReports } from '../../engine/runtime/read/read-response.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  ws0117,
  ws0244,
} from './questions.ts';

/* Time to respond, as the rows of real runs tell it: from the detection until the EDR says that the host is isolated. */

let corridor: Corridor;
let bo: PersonId;
const asking = `${isolateStep}    approval: { ask: "Isolate?", approvers: [group:soc] }\n`;
const minute = 60_000;

beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('asks', asking));
  await corridor.publish(madePlaybook('looks', lookStep));
  await corridor.publish(madePlaybook('pretends', isolateStep, '', 'audit'));
});
afterAll(() => corridor.close());

async function send(playbook: string, sourceId: string, host: string, raisedAgoMs: number): Promise<void> {
  const created_at = new Date(Date.now() - raisedAgoMs).toISOString();
  await corridor.sendBody({ ...hostAlert(playbook, sourceId, host), created_at, incident: { id: sourceId } });
  await corridor.rest();
}

const reports = () => createResponseReports(corridor.database.app, 0)(defaultTenant);

/** Moves the story of all there is into the past. */
async function age(days: number): Promise<void> {
  const { owner } = corridor.database;
  for (const [table, columns] of [
    ['attempts', ['created_at', 'finished_at']],
    ['approvals', ['requested_at', 'ended_at']],
    ['steps', ['finished_at']],
    ['runs', ['started_at']],
    ['alerts', ['received_at']],
  ] as const) {
    await owner.query(`alter table ${table} disable trigger user`);
    await owner.query(
      `update ${table} set ${columns.map((each) => `${each} = ${each} - make_interval(days => ${days})`).join(', ')}`,
    );
    await owner.query(`alter table ${table} enable trigger user`);
  }
}

it('says nothing of an installation in which nothing was done', async () => {
  await send('looks', 'looked', ws0117, minute);
  await send('pretends', 'pretended', ws0117, minute);
  const none = { cases: 0, median: null, ninth: null, parts: null };
  expect(await reports()).toEqual(
    [7, 30].map((days) => ({
      days,
      respond: none,
      respondBefore: none,
      decide: none,
      decideBefore: none,
      partial: false,
    })),
  );
});

it('counts from when the source raised it, with the time that people took', async () => {
  await send('asks', 'yes', ws0117, 10 * minute);
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  const [week] = await reports();
  expect(week?.respond.cases).toBe(1);
  expect(week?.respond.median).toBeGreaterThanOrEqual(10 * minute);
  const { untilRun = 0, waiting = 0, doing = 0, confirming = 0 } = week?.respond.parts ?? {};
  expect(untilRun).toBeGreaterThanOrEqual(10 * minute);
  expect(waiting).toBeGreaterThan(0);
  // The EDR takes the order first, and tells later that it is done.
  expect(confirming).toBeGreaterThan(0);
  expect(untilRun + waiting + doing + confirming).toBe(week?.respond.median);
  expect(week?.decide.cases).toBe(0);
});

it('counts a no for itself, because nothing was contained', async () => {
  await send('asks', 'no', ws0244, 20 * minute);
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await corridor.rest();
  const [week] = await reports();
  expect(week?.respond.cases).toBe(1);
  expect(week?.decide).toMatchObject({ cases: 1 });
  expect(week?.decide.median).toBeGreaterThanOrEqual(20 * minute);
});

it('tells this week from the one before, and both from the month', async () => {
  await age(8);
  await send('asks', 'again', ws0244, 30 * minute);
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  const [week, month] = await reports();
  expect([
    week?.respond.cases,
    week?.respondBefore.cases,
    week?.decide.cases,
    week?.decideBefore.cases,
  ]).toEqual([1, 1, 0, 1]);
  expect([month?.respond.cases, month?.respondBefore.cases, month?.decide.cases]).toEqual([2, 0, 1]);
});

it('is not read again for everybody who looks', async () => {
  let asked = 0;
  const { app } = corridor.database;
  const query: typeof app.query = (text, values) => {
    asked += 1;
    return app.query(text, values);
  };
  const kept = createResponseReports({ query });
  await Promise.all([kept(defaultTenant), kept(defaultTenant)]);
  const once = asked;
  await kept(defaultTenant);
  expect(asked).toBe(once);
});
