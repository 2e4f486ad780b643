import { expect, it } from 'vitest';
import type { TriggerType } from '../../engine/core/contracts/plan.ts';
import { buildIncidentSignal } from '../../engine/core/intake/build-incident-signal.ts';
import { deliverSignals, lockSignals } from '../../engine/runtime/deliver-signal.ts';
import { emitSignals } from '../../engine/runtime/emit-signal.ts';
import { earlierSignals } from '../../engine/runtime/store/queries/earlier-signals.ts';
import { subscribe, unsubscribe } from '../../engine/runtime/store/queries/subscribe.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';
import { defaultTenant, type IncidentId, mintId, type RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { addRun } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';

/* Signals and the waits for them meet exactly once, whoever comes first (language reference 9.5, wait). */

const { app, owner } = await useDatabase();

type Key = { path: string; value: string } | null;

function news(incident: string, status = 'resolved') {
  const facts = {
    source: 'defender',
    sourceId: incident,
    title: 'An incident',
    severity: 'high',
    status,
    classification: 'false_positive',
    owner: '',
    createdAtMs: 1_795_000_000_000,
  };
  const built = buildIncidentSignal(mintId('SignalId'), 'incident.updated', facts, []);
  return { ...built, mark: null, chain: 0, addressee: null };
}

const origin = { alertId: null, incidentId: null, causedBy: null, sourceKey: null };

/** As of the incident that its source knows by this id. */
const tell = (incident: string, status?: string) =>
  app.transaction(async (tx) => {
    await tx.query(
      `insert into incidents (tenant_id, id, source, source_id, title, severity)
       values ($1, $2, 'defender', $3, 'An incident', 'high') on conflict do nothing`,
      [defaultTenant, `inc_${incident}`, incident],
    );
    const incidentId = `inc_${incident}` as IncidentId;
    await emitSignals(tx, { tenant: defaultTenant }, [
      { event: news(incident, status), origin: { ...origin, incidentId } },
    ]);
  });

const keyed = (value: string) => ({ path: 'incident.id', value });

async function earlier(tx: Tx, type: TriggerType, key: Key, sinceMs: number | null): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for await (const { data } of earlierSignals(tx, defaultTenant, { type, key, sinceMs })) all.push(data);
  return all;
}

/** Enters a wait as `decide` orders it; returns what it would have been told before. */
const wait = (runId: RunId, key: Key, sinceMs: number | null = null, ref = 'run/verdict') =>
  app.transaction(async (tx) => {
    await lockSignals(tx, defaultTenant, 'incident.updated');
    const scope = { runId, path: 'run' };
    const type = 'incident.updated' as const;
    await subscribe(tx, defaultTenant, { scope, ref, type, key });
    return earlier(tx, type, key, sinceMs);
  });

const mailOf = (runId: string) =>
  app
    .query<{ event: { signal: { incident: { id: string } } } }>(
      'select event from messages where run_id = $1 order by id',
      [runId],
    )
    .then(({ rows }) => rows.map(({ event }) => event.signal.incident.id));

const aRun = async () => (await addRun(app)) as RunId;

it('a wait that races its signal hears of it once, by looking back or by a message', async () => {
  for (let n = 0; n < 30; n++) {
    const run = await aRun();
    const incident = `race-${n}`;
    const [earlier] = await Promise.all([wait(run, keyed(incident)), tell(incident)]);
    expect(earlier.length + (await mailOf(run)).length).toBe(1);
  }
});

it('a wait with a key is told of its own incident, one without of all', async () => {
  const [one, all] = [await aRun(), await aRun()];
  await wait(one, keyed('mine'));
  await wait(all, null);
  await tell('mine');
  await tell('other');
  expect(await mailOf(one)).toEqual(['mine']);
  expect(await mailOf(all)).toEqual(['mine', 'other']);
});

it('looks back ten minutes and no further', async () => {
  await tell('recent');
  await tell('long ago');
  await owner.query(
    `update signals set at = at - interval '11 minutes' where data->'incident'->>'id' = 'long ago'`,
  );
  expect(await wait(await aRun(), keyed('recent'))).toHaveLength(1);
  expect(await wait(await aRun(), keyed('long ago'))).toEqual([]);
});

it('looks back as far as it is told to, and never less than ten minutes', async () => {
  await tell('of today');
  await owner.query(
    `update signals set at = at - interval '3 hours' where data->'incident'->>'id' = 'of today'`,
  );
  const hours = (n: number) => Date.now() - n * 3_600_000;
  expect(await wait(await aRun(), keyed('of today'), hours(4))).toHaveLength(1);
  expect(await wait(await aRun(), keyed('of today'), hours(2))).toEqual([]);
  await tell('just now');
  expect(await wait(await aRun(), keyed('just now'), Date.now())).toHaveLength(1);
});

it('looking back further, hears only what was told last of an incident', async () => {
  await tell('changed', 'in_progress');
  await tell('changed', 'resolved');
  await tell('changed', 'new');
  const told = await wait(await aRun(), keyed('changed'), Date.now() - 3_600_000);
  expect(told).toMatchObject([{ incident: { id: 'changed', status: 'new' } }]);
  expect(await wait(await aRun(), keyed('changed'))).toHaveLength(3);
});

it('looks back at alerts as they are told: by a value of theirs, or all of them', async () => {
  const add = (id: string) =>
    owner.query(
      `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, state)
       values ($1, $2, 'test', $2, 'T', 'high', 'c', json_build_object('id', $2::text, 'severity', 'high'), 'matched')`,
      [defaultTenant, id],
    );
  await add('alr_one');
  await add('alr_other');
  const told = (key: Key) => app.transaction((tx) => earlier(tx, 'alert.created', key, null));
  const as = (id: string) => ({ id, type: 'alert.created', alert: { id, severity: 'high', raw: null } });
  expect(await told(null)).toEqual([as('alr_one'), as('alr_other')]);
  expect(await told({ path: 'alert.id', value: 'alr_other' })).toEqual([as('alr_other')]);
  expect(await told({ path: 'id', value: 'alr_other' })).toEqual([as('alr_other')]);
  expect(await told({ path: 'incident.id', value: 'alr_one' })).toEqual([]);
});

it('a wait for an item of a list is told once of a signal that has it, wherever it stands', async () => {
  const path = 'alert.targets.hosts[].id';
  const [one, other] = [await aRun(), await aRun()];
  const enter = (runId: RunId, value: string) =>
    app.transaction(async (tx) => {
      const scope = { runId, path: 'run' };
      const key = { path, value };
      await subscribe(tx, defaultTenant, { scope, ref: 'run/again', type: 'alert.created', key });
    });
  await enter(one, 'h-2');
  await enter(other, 'x'.repeat(5_000));
  const hosts = (...ids: string[]) => ({ alert: { targets: { hosts: ids.map((id) => ({ id })) } } });
  const news = [hosts('h-1', 'h-2', 'h-2'), hosts('h-1'), hosts('x'.repeat(5_000)), { alert: {} }];
  const told = news.map((data, n) => ({ id: `alr_list${n}`, type: 'alert.created' as const, data }));
  const mail = await app.transaction((tx) => deliverSignals(tx, defaultTenant, told));
  expect(mail.map(({ runId }) => runId).toSorted()).toEqual([one, other].toSorted());
});

it('a wait that has ended hears nothing any more', async () => {
  const run = await aRun();
  await wait(run, keyed('over'));
  await app.transaction((tx) => unsubscribe(tx, defaultTenant, [{ run_id: run, ref: 'run/verdict' }]));
  await tell('over');
  expect(await mailOf(run)).toEqual([]);
});

it('a signal of a transaction that came to nothing tells nobody', async () => {
  const run = await aRun();
  await wait(run, keyed('undone'));
  const failed = app.transaction(async (tx) => {
    await emitSignals(tx, { tenant: defaultTenant }, [{ event: news('undone'), origin }]);
    throw new Error('the rest of it failed');
  });
  await expect(failed).rejects.toThrow('the rest of it failed');
  expect(await mailOf(run)).toEqual([]);
  expect(await wait(await aRun(), keyed('undone'))).toEqual([]);
});
