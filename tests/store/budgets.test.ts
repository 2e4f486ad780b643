import { expect, it } from 'vitest';
import { reserveTarget, returnReservations } from '../../engine/runtime/store/queries/reserve-targets.ts';
import { defaultTenant } from '../../schemas/ids.ts';
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

/** In a transaction of its own, as every engine asks. */
const ask = (limit: Limit, runId: string, target: string, ref = `run/${target}`) =>
  app.transaction((tx) => reserveTarget(tx, defaultTenant, limit, { target, runId, ref }));

it('lets exactly 25 of a thousand through that race for a budget of 25', async () => {
  const run = await addRun(app);
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
  const runs = [await addRun(app), await addRun(app)];
  const answers = await Promise.all(
    runs.flatMap((run) => ['run/a', 'run/b'].map((ref) => ask(limit, run, 'host:1', ref))),
  );
  expect(answers).toEqual([true, true, true, true]);
  expect(await ask(limit, runs[0] ?? '', 'host:2')).toBe(false);
});

it('has room again when a step gives back what it reserved, and forgets after its window', async () => {
  const run = await addRun(app);
  const limit = budget('returned', 1);
  expect(await ask(limit, run, 'host:1')).toBe(true);
  expect(await ask(limit, run, 'host:2')).toBe(false);
  await app.transaction((tx) => returnReservations(tx, defaultTenant, run, 'run/host:1'));
  expect(await ask(limit, run, 'host:2')).toBe(true);
  expect(await ask(limit, run, 'host:3')).toBe(false);
  await app.query(`update reservations set at = at - interval '2 hours' where budget = 'returned'`);
  expect(await ask(limit, run, 'host:3')).toBe(true);
});

it('what a transaction reserved that came to nothing was never reserved', async () => {
  const run = await addRun(app);
  const limit = budget('rolled back', 1);
  const failed = app.transaction(async (tx) => {
    await reserveTarget(tx, defaultTenant, limit, { target: 'host:1', runId: run, ref: 'run/a' });
    throw new Error('the rest of it failed');
  });
  await expect(failed).rejects.toThrow('the rest of it failed');
  expect(await ask(limit, run, 'host:2')).toBe(true);
});
