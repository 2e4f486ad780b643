import { expect, it } from 'vitest';
import { deliverSignals } from '../../engine/runtime/deliver-signal.ts';
import { type RunId, defaultTenant as t } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { rowsReadBy, tellReads } from './count-rows.ts';

/* Tens of thousands of runs wait, each for the verdict on its own incident: what happens to one concerns one. */

const waiting = 20_000;

const database = await useDatabase();
const { owner } = database;
const app = tellReads(database.app);
const run = (await addRun(owner)) as RunId;

const tell = (...incidents: string[]) =>
  app.transaction(
    (tx) =>
      deliverSignals(
        tx,
        t,
        incidents.map((id) => ({
          id: `sig_${id}`,
          type: 'incident.updated',
          data: { type: 'incident.updated', incident: { id } },
        })),
      ),
    { station: 'match' },
  );

it('a signal reads the waits for its own incident, and those that have no key', async () => {
  expect(await tell('inc_1')).toEqual([]);
  await owner.query(
    `insert into subscriptions (tenant_id, run_id, scope_path, ref, type, key_path, key_value)
     select $1, $2, 'run/' || n, 'run/' || n, 'incident.updated', 'incident.id', 'inc_' || n from generate_series(1, $3::int) n`,
    [t, run, waiting],
  );
  for (const when of ['planned while nobody waited', 'after statistics']) {
    if (when === 'after statistics') await owner.query('analyze subscriptions');
    const read = await rowsReadBy(database.owner, async () => {
      expect((await tell('inc_7', 'inc_9', 'inc_none')).map(({ path }) => path).sort()).toEqual([
        'run/7',
        'run/9',
      ]);
    });
    expect(read.subscriptions?.byScan ?? 0, when).toBe(0);
    expect(read.subscriptions?.byIndex ?? 0, when).toBeLessThan(20);
  }
  const { rows } = await owner.query(
    `select scope_path as path, event->>'ref' as ref, event->>'signalId' as signal, event->'signal'->'incident'->>'id' as incident
     from messages order by messages.id limit 2`,
  );
  expect(rows).toEqual([
    { path: 'run/7', ref: 'run/7', signal: 'sig_inc_7', incident: 'inc_7' },
    { path: 'run/9', ref: 'run/9', signal: 'sig_inc_9', incident: 'inc_9' },
  ]);
});

it('what has no such value, or something else than a value there, is nobody’s', async () => {
  const odd = [
    {},
    { incident: null },
    { incident: { id: null } },
    { incident: { id: { id: 'inc_3' } } },
    { incident: 'inc_3' },
  ];
  const told = await app.transaction((tx) =>
    deliverSignals(
      tx,
      t,
      odd.map((data, n) => ({ id: `sig_odd_${n}`, type: 'incident.updated' as const, data })),
    ),
  );
  expect(told).toEqual([]);
});
