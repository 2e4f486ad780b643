import { describe, expect, it } from 'vitest';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import type { AlertToStore } from '../../engine/runtime/alert-to-store.ts';
import { storeAlerts } from '../../engine/runtime/store-alerts.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { actor, openMatching, ownAlert } from '../match/open-matching.ts';
import { countAsked } from '../support/count-asked.ts';

/* A source that names incidents names one with every alert. */

const count = { asked: 0 };
const at = await openMatching(countAsked(count));
const { app, owner } = at.database;

function alert(sourceId: string, change: JsonObject = {}): AlertToStore {
  const normalized = normalizeAlert(ownAlert(sourceId, change), 'scanner');
  if (!normalized.ok) throw new Error('an alert of this test is none');
  return { normalized: normalized.alert, actor, requestId: 'test' };
}

const store = (alerts: AlertToStore[]) => storeAlerts(at.engine.parts, alerts);

async function costOf(alerts: AlertToStore[]): Promise<number> {
  const before = count.asked;
  await store(alerts);
  return count.asked - before;
}

async function incident(sourceId: string) {
  const text = 'select id, title, severity, version from incidents where source_id = $1';
  const { rows } = await app.query<{ id: string; title: string; severity: string; version: number }>(text, [
    sourceId,
  ]);
  expect(rows).toHaveLength(1);
  return rows[0] as (typeof rows)[number];
}

async function signalsOf(incidentId: string) {
  const text = 'select type, data, alert from signals where incident_id = $1';
  return (await app.query<{ type: string; data: JsonObject; alert: JsonObject }>(text, [incidentId])).rows;
}

describe('alerts that arrive together', () => {
  it.each<[string, (n: number) => JsonObject]>([
    ['incidents of their own', (n) => ({ id: `own-${n}` })],
    ['one incident', () => ({ id: 'shared' })],
  ])('ask the database as often for three as for sixty with %s', async (what, name) => {
    const some = (count: number, from: number) =>
      Array.from({ length: count }, (_, n) => alert(`${what}-${from + n}`, { incident: name(from + n) }));
    // The first of all makes what the others share.
    await store(some(1, 0));
    const few = await costOf(some(3, 1));
    expect(few).toBeLessThan(20);
    expect(await costOf(some(60, 10))).toBe(few);
    const again = await costOf(some(3, 1));
    expect(await costOf(some(60, 10))).toBe(again);
  });

  it('make an incident with the first title and the highest severity, and say once who made it', async () => {
    const named = (severity: string, title: string) => ({ severity, incident: { id: 'rising', title } });
    await store([
      alert('rising-1', named('low', 'first')),
      alert('rising-2', named('critical', 'second')),
      alert('rising-3', named('medium', 'third')),
    ]);
    const made = await incident('rising');
    expect(made).toMatchObject({ title: 'first', severity: 'critical', version: 1 });
    const { rows } = await owner.query<{ entry: JsonObject }>(
      `select convert_from(entry, 'utf8')::json as entry from audit_pending`,
    );
    const entries = rows.map(({ entry }) => entry).filter((entry) => entry.incidentId === made.id);
    expect(entries.map(({ type }) => type)).toEqual([
      'incident.created',
      'alert.accepted',
      'alert.accepted',
      'alert.accepted',
    ]);
    expect(await signalsOf(made.id)).toMatchObject([
      { type: 'incident.created', data: { incident: { severity: 'critical' } } },
    ]);
  });

  it('raise an incident that is there and never lower it', async () => {
    const named = (severity: string) => ({ severity, incident: { id: 'there', title: 'there' } });
    await store([alert('there-1', named('medium'))]);
    await store([alert('there-2', named('low')), alert('there-3', named('informational'))]);
    expect(await incident('there')).toMatchObject({ severity: 'medium', version: 1 });
    await store([alert('there-4', named('high')), alert('there-5', named('low'))]);
    expect(await incident('there')).toMatchObject({ severity: 'high', version: 2 });
    expect(await signalsOf((await incident('there')).id)).toHaveLength(1);
  });

  it('are told of with the targets of their own incident, all of them', async () => {
    const on = (host: string, id: string) => ({
      targets: { hosts: [{ id: host, name: host }] },
      incident: { id },
    });
    await store([
      alert('told-1', on('A', 'one')),
      alert('told-2', on('B', 'two')),
      alert('told-3', on('C', 'one')),
    ]);
    const hosts = async (id: string) => {
      const signals = await signalsOf((await incident(id)).id);
      const targets = signals.map(({ alert: { targets } }) => targets as { hosts: { id: string }[] });
      return targets.map((each) => each.hosts.map((host) => host.id));
    };
    expect(await hosts('one')).toEqual([['A', 'C']]);
    expect(await hosts('two')).toEqual([['B']]);
  });

  it('are the alert as it was said last, also when it changes and changes back', async () => {
    const says = (title: string) => alert('to-and-fro', { title });
    await store([says('one')]);
    const [same, other, back] = await store([says('one'), says('two'), says('one')]);
    expect([same, other, back].map((each) => each?.duplicate)).toEqual([true, true, true]);
    const { rows } = await app.query('select title from alerts where source_id = $1', ['to-and-fro']);
    expect(rows).toEqual([{ title: 'one' }]);
    const told = await app.query<{ title: string }>(
      `select data->'alert'->>'title' as title from signals where type = 'alert.updated' and alert_id = $1 order by at, id`,
      [same?.alertId],
    );
    expect(told.rows.map(({ title }) => title)).toEqual(['two', 'one']);
  });

  it('are not mistaken for each other when names run together', async () => {
    const from = (source: string, id: string) =>
      alert(id, { source, incident: { id, title: `${source} and ${id}` } });
    const alerts = [from('a', 'b\nc'), from('a\nb', 'c')];
    const both = await store(alerts);
    expect(new Set(both.map(({ alertId }) => alertId)).size).toBe(2);
    const { rows } = await app.query<{ title: string }>(
      `select i.title from incidents i join alerts a on a.incident_id = i.id where a.id = any($1) order by i.title`,
      [both.map(({ alertId }) => alertId)],
    );
    expect(rows.map(({ title }) => title).sort()).toEqual(['a and b\nc', 'a\nb and c'].sort());
    const again = await store(alerts);
    expect(again.map(({ alertId, duplicate }) => [alertId, duplicate])).toEqual(
      both.map(({ alertId }) => [alertId, true]),
    );
  });

  it('do not wait for each other in a circle when two crowds name the same incidents in turn', async () => {
    const crowd = (name: string, ids: number[], severity: string) =>
      ids.map((n) => alert(`${name}-${n}`, { severity, incident: { id: `crossing-${n}` } }));
    const ids = Array.from({ length: 40 }, (_, n) => n);
    for (const severity of ['low', 'high'])
      await Promise.all([
        store(crowd(`up-${severity}`, ids, severity)),
        store(crowd(`down-${severity}`, ids.toReversed(), severity)),
      ]);
    const { rows } = await app.query(
      `select count(*)::int as n, min(severity) as severity, max(version) as version from incidents
       where source_id like 'crossing-%'`,
    );
    expect(rows).toEqual([{ n: 40, severity: 'high', version: 2 }]);
  });
});

it('a connection that is cut while the targets of alerts are written ends the batch and nothing else', async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown): unknown => unheard.push(error);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear);
  try {
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = owner.transaction(async (tx) => {
      await tx.query('lock table alert_targets in exclusive mode');
      locked.resolve();
      await held.promise;
    });
    await locked.promise;
    const storing = store([alert('cut', { incident: { id: 'cut' } })]);
    storing.catch(() => undefined);
    const cut = async () =>
      (
        await owner.query<{ cut: boolean }>(
          `select pg_terminate_backend(pid) as cut from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%alert_targets%'`,
        )
      ).rows.length;
    await expect.poll(cut).toBe(1);
    await expect(storing).rejects.toThrow();
    held.resolve();
    await holding;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(unheard).toEqual([]);
    await store([alert('cut', { incident: { id: 'cut' } })]);
    expect(await incident('cut')).toMatchObject({ version: 1 });
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const each of others) process.on('unhandledRejection', each);
  }
});
