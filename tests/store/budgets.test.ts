import { beforeEach, expect, it } from 'vitest';
import { emptyBatch } from '../../engine/runtime/batch.ts';
import { Budgets } from '../../engine/runtime/budgets.ts';
import { Doubts } from '../../engine/runtime/doubts.ts';
import { reserveTargets, returnReservations } from '../../engine/runtime/store/queries/reserve-targets.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';
import { defaultTenant, type RunId } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';

/* A budget holds whoever asks at the same moment (language reference 11.1, limit). */

const { app } = await useDatabase();

const budget = (key: string, targets: number, perMs = 3_600_000) => ({
  guardId: 'wave',
  key,
  targets,
  perMs,
  onExceed: 'deny' as const,
  message: 'Too many',
});

type Limit = ReturnType<typeof budget>;

/** What an engine has learnt; another engine knows nothing of it. */
let doubts = new Doubts();
beforeEach(() => {
  doubts = new Doubts();
});

/** A transaction that decides with budgets, and writes what it counts as every move of a run does. */
async function decide<T>(
  work: (budgets: Budgets) => Promise<T>,
  rest?: (tx: Tx) => Promise<void>,
): Promise<T> {
  return app.transaction(
    async (tx) => {
      const batch = emptyBatch();
      const answer = await work(new Budgets(tx, defaultTenant, batch, doubts));
      try {
        await Promise.all([
          returnReservations(tx, defaultTenant, batch.returned),
          reserveTargets(tx, defaultTenant, [...batch.reservations.values()]),
        ]);
      } catch (error) {
        doubts.learn(error);
        throw error;
      }
      await rest?.(tx);
      return answer;
    },
    { retries: 3 },
  );
}

async function countIn(
  budgets: Budgets,
  limit: Limit,
  runId: RunId,
  target: string,
  ref = `run/${target}`,
): Promise<boolean> {
  const room = await budgets.hasRoom(limit, target);
  if (room) budgets.count(limit, { target, runId, ref });
  return room;
}

/** In a transaction of its own, as every engine asks. */
const ask = (limit: Limit, runId: RunId, target: string, ref?: string) =>
  decide((budgets) => countIn(budgets, limit, runId, target, ref));

const newRun = async () => (await addRun(app)) as RunId;

const giveBack = (runId: RunId, ref: string) =>
  decide(async (budgets) => {
    budgets.giveBack(runId, ref);
  });

it('lets exactly 25 of a thousand through that race for a budget of 25', async () => {
  const run = await newRun();
  const limit = budget('race', 25);
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => ask(limit, run, `host:${n}`)));
  expect(answers.filter((answer) => answer)).toHaveLength(25);
  const { rows } = await app.query<{ count: number }>(
    `select count(*)::int as count from reservations where budget = 'race'`,
  );
  expect(rows).toEqual([{ count: 25 }]);
});

it('counts a target once, however many steps and runs act on it', async () => {
  const limit = budget('same', 1);
  const runs = [await newRun(), await newRun()];
  const answers = await Promise.all(
    runs.flatMap((run) => ['run/a', 'run/b'].map((ref) => ask(limit, run, 'host:1', ref))),
  );
  expect(answers).toEqual([true, true, true, true]);
  expect(await ask(limit, runs[0] as RunId, 'host:2')).toBe(false);
});

it('has room again when a step gives back what it reserved, and forgets after its window', async () => {
  const run = await newRun();
  const limit = budget('returned', 1);
  expect(await ask(limit, run, 'host:1')).toBe(true);
  expect(await ask(limit, run, 'host:2')).toBe(false);
  await giveBack(run, 'run/host:1');
  expect(await ask(limit, run, 'host:2')).toBe(true);
  expect(await ask(limit, run, 'host:3')).toBe(false);
  await app.query(`update reservations set at = at - interval '2 hours' where budget = 'returned'`);
  expect(await ask(limit, run, 'host:3')).toBe(true);
});

it('what a transaction reserved that came to nothing was never reserved', async () => {
  const run = await newRun();
  const limit = budget('rolled back', 1);
  const failed = decide(
    (budgets) => countIn(budgets, limit, run, 'host:1'),
    () => Promise.reject(new Error('the rest of it failed')),
  );
  await expect(failed).rejects.toThrow('the rest of it failed');
  expect(await ask(limit, run, 'host:2')).toBe(true);
});

it('holds within one transaction, and lets in what another step of it gives back', async () => {
  const run = await newRun();
  const limit = budget('together', 2);
  const answers = await decide(async (budgets) => {
    const found: boolean[] = [];
    for (const n of [1, 2, 3]) found.push(await countIn(budgets, limit, run, `host:${n}`));
    return found;
  });
  // Taken for granted at first, refused when it was written, and then looked at.
  expect(answers).toEqual([true, true, false]);
  const again = await decide(async (budgets) => {
    const before = await countIn(budgets, limit, run, 'host:3');
    budgets.giveBack(run, 'run/host:1');
    return [
      before,
      await countIn(budgets, limit, run, 'host:3'),
      await countIn(budgets, limit, run, 'host:4'),
    ];
  });
  expect(again).toEqual([false, true, false]);
  const { rows } = await app.query(
    `select target from reservations where budget = 'together' order by target`,
  );
  expect(rows).toEqual([{ target: 'host:2' }, { target: 'host:3' }]);
});

it('is not looked at before there is doubt, and no more when it has room again', async () => {
  const run = await newRun();
  const limit = budget('doubt', 1);
  expect(await ask(limit, run, 'host:1')).toBe(true);
  expect(doubts.has('doubt')).toBe(false);
  expect(await ask(limit, run, 'host:2')).toBe(false);
  expect(doubts.has('doubt')).toBe(true);
  await giveBack(run, 'run/host:1');
  expect(await ask(limit, run, 'host:2')).toBe(true);
  expect(doubts.has('doubt')).toBe(false);
});

it('that comes into doubt between the question and the count is checked all the same', async () => {
  const run = await newRun();
  const limit = budget('between', 1);
  expect(await ask(limit, run, 'host:1')).toBe(true);
  const answers: boolean[] = [];
  await decide(async (budgets) => {
    const room = await budgets.hasRoom(limit, 'host:2');
    answers.push(room);
    doubts.learn({ constraint: 'taken_for_granted', detail: '["between"]' });
    if (room) budgets.count(limit, { target: 'host:2', runId: run, ref: 'run/b' });
  });
  expect(answers).toEqual([true, false]);
});

it('counts targets and not rows: what is given back and acted on again and again leaves room', async () => {
  const run = await newRun();
  const limit = budget('many rows', 3);
  for (let n = 0; n < 10; n++) {
    expect(await ask(limit, run, 'host:1', `run/step-${n}`)).toBe(true);
    expect(await ask(limit, run, `host:other-${n}`)).toBe(true);
    await giveBack(run, `run/host:other-${n}`);
  }
  expect(doubts.has('many rows')).toBe(false);
  expect(await ask(limit, run, 'host:2')).toBe(true);
  expect(await ask(limit, run, 'host:3')).toBe(true);
  expect(await ask(limit, run, 'host:4')).toBe(false);
  expect(await ask(limit, run, 'host:2', 'run/once-more')).toBe(true);
});

it('what people said yes to counts beyond it, and what counts already needs no room', async () => {
  const run = await newRun();
  const limit = budget('beyond', 1);
  expect(await ask(limit, run, 'host:1')).toBe(true);
  await decide(async (budgets) => budgets.count(limit, { target: 'host:2', runId: run, ref: 'run/b' }, true));
  expect(await ask(limit, run, 'host:2', 'run/c')).toBe(true);
  expect(await ask(limit, run, 'host:3')).toBe(false);
});

it('a clock that was set back lets nothing out of the window early, and nothing stay in it for ever', async () => {
  const run = await newRun();
  const limit = budget('clock', 2);
  expect(await ask(limit, run, 'host:1')).toBe(true);
  // As if the clock had been ten years ahead then.
  await app.query(`update reservations set at = at + interval '10 years' where budget = 'clock'`);
  expect(await ask(limit, run, 'host:2')).toBe(true);
  expect(await ask(limit, run, 'host:3')).toBe(false);
  await app.query(`update reservations set at = at - interval '2 hours' where budget = 'clock'`);
  expect(await ask(limit, run, 'host:3')).toBe(true);
  expect(await ask(limit, run, 'host:4')).toBe(true);
  expect(await ask(limit, run, 'host:5')).toBe(false);
});
