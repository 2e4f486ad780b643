import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import { createIntake } from '../../engine/runtime/accept-alert.ts';
import { createPlanLoader } from '../../engine/runtime/load-plan.ts';
import { setPause } from '../../engine/runtime/set-pause.ts';
import { type AlertId, defaultTenant } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { actor, openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/*
 * An alert is matched, and its runs begin, in the commit that stores it, as long as whoever matches has nothing
 * else to do. Its sweep comes when a test says so: one that came by itself would now and then be what it has to do.
 */

const at = await openMatching();

const alert = (category: string, sourceId = category, more: JsonObject = {}) =>
  ownAlert(sourceId, { category, ...more });

const stateOf = async (id: string): Promise<string | undefined> => {
  const { rows } = await at.database.owner.query<{ state: string }>(
    'select state from alerts where id = $1',
    [id],
  );
  return rows[0]?.state;
};

const free = () => vi.waitFor(() => expect(at.engine.matcher.isFree()).toBe(true), 10_000);
let sweep = (): void => undefined;

beforeAll(async () => {
  const timers = vi.spyOn(globalThis, 'setInterval').mockImplementationOnce((swept) => {
    sweep = swept;
    return setTimeout(() => undefined);
  });
  at.engine.matcher.start();
  timers.mockRestore();
  await free();
});
afterAll(() => at.engine.matcher.stop());

describe('an alert that arrives while nobody else waits', () => {
  it('is matched when its sender has the answer, and its run has begun', async () => {
    await at.publish(waitingPlaybook('together', ''));
    const accepted = await at.accept(alert('together'));
    expect(accepted).toMatchObject({ ok: true, duplicate: false, waits: false });
    if (!accepted.ok) return;
    expect(await stateOf(accepted.alertId)).toBe('matched');
    expect((await at.trace(accepted.alertId)).map(({ outcome }) => outcome)).toEqual(['started']);
    expect((await at.runs('together')).map(({ state }) => state)).toEqual(['waiting']);
    const again = await at.accept(alert('together'));
    expect(again).toEqual({ ...accepted, duplicate: true });
    expect(await at.runs('together')).toHaveLength(1);
  });

  it.each([
    ['it opens an incident', 'incident.created', { incident: { id: 'inc-1' } }],
    ['its source says it differently', 'alert.updated', { title: 'Something else' }],
  ])('is matched with what comes of it: %s', async (_what, type, more) => {
    const id = type.replace('.', '-');
    await at.publish(
      waitingPlaybook(id, '')
        .replace('type: alert.created', `type: ${type}`)
        .replace(/match: .*/, 'match: alert.severity == "low"'),
    );
    await at.accept(alert('none', id, { severity: 'low' }));
    const accepted = await at.accept(
      alert('none', type === 'alert.updated' ? id : `${id}-2`, { severity: 'low', ...more }),
    );
    expect(accepted).toMatchObject({ ok: true, duplicate: type === 'alert.updated', waits: false });
    const { rows } = await at.database.owner.query<{ id: string; state: string }>(
      'select id, state from signals where type = $1',
      [type],
    );
    expect(rows).toMatchObject([{ state: 'matched' }]);
    expect((await at.runs(id)).map(({ state }) => state)).toEqual(['waiting']);
    const trace = await at.trace(rows[0]?.id as AlertId);
    expect(trace.map((line) => [line.playbook_id, line.outcome])).toEqual([[id, 'started']]);
  });
});

describe('an alert that cannot be matched in the same commit', () => {
  it('is stored all the same, and matched when that is possible again', async () => {
    await at.publish(waitingPlaybook('later', ''));
    await at.database.owner.query('revoke insert on decision_traces from riposte_app');
    const accepted = await at.accept(alert('later'));
    expect(accepted).toMatchObject({ ok: true, duplicate: false, waits: true });
    if (!accepted.ok) return;
    expect(await stateOf(accepted.alertId)).toBe('accepted');
    expect(await at.runs('later')).toEqual([]);
    await at.database.owner.query('grant insert on decision_traces to riposte_app');
    sweep();
    await expect.poll(() => stateOf(accepted.alertId), { timeout: 10_000 }).toBe('matched');
    expect(await at.runs('later')).toHaveLength(1);
    await free();
  });

  it('begins nothing while everything is paused', async () => {
    await at.publish(waitingPlaybook('paused', ''));
    await setPause(at.engine.parts, { actor, personId: null, reason: 'a test', requestId: 'test' });
    const accepted = await at.accept(alert('paused'));
    expect(accepted).toMatchObject({ ok: true, waits: false });
    expect((await at.runs('paused')).map(({ state }) => state)).toEqual(['queued']);
    await at.database.owner.query('update pauses set active = false');
    at.engine.admitter.start();
    await expect.poll(async () => (await at.runs('paused')).map(({ state }) => state)).toEqual(['waiting']);
    await at.engine.admitter.stop();
  });
});

it('while a batch is being matched, what arrives is stored first and waits for its turn by severity', async () => {
  await at.publish(waitingPlaybook('behind', ''));
  // Whoever matches is held up: the rows of what it writes into are locked.
  const held = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = at.database.owner.transaction(async (tx) => {
    await tx.query('lock table decision_traces in exclusive mode');
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  await at.database.owner.query(
    `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, raw, sent_by)
     select tenant_id, 'alr_held', source, 'held', title, severity, 'nothing', alert, raw, sent_by from alerts limit 1`,
  );
  at.engine.matcher.nudge();
  expect(at.engine.matcher.isFree()).toBe(false);
  const accepted = await at.accept(alert('behind'));
  expect(accepted).toMatchObject({ ok: true, waits: true });
  held.resolve();
  await holding;
  at.engine.matcher.nudge();
  await expect.poll(async () => (await at.runs('behind')).length, { timeout: 10_000 }).toBe(1);
});

it('a process that does not match only stores', async () => {
  const other = await openMatching();
  const accepted = await other.accept(alert('anything'));
  expect(accepted).toMatchObject({ ok: true, waits: true });
});

it('a crowd that is repeated one by one does not wait in a circle for connections to read a plan', async () => {
  await at.publish(waitingPlaybook('crowd', ''));
  // Stands for anything in an alert that makes its row impossible to store.
  await at.database.owner.query(`
    create function refuse_poison() returns trigger language plpgsql as $$
    begin
      if new.source_id = 'poison' then raise exception 'cannot be stored' using errcode = '22P05'; end if;
      return new;
    end $$;
    create trigger refuse_poison before insert on alerts for each row execute function refuse_poison();`);
  const { parts, admitter } = at.engine;
  const said: string[] = [];
  // As in a process that has just started: no plan has been read.
  const fresh = {
    ...parts,
    loadPlan: createPlanLoader(at.database.app, defaultTenant),
    log: (_level: string, _message: string, fields?: object) => void said.push(JSON.stringify(fields)),
  };
  const intake = createIntake(fresh, { matcher: { isFree: () => true }, admitter });
  const ids = ['poison', ...Array.from({ length: 20 }, (_, n) => `crowd-${n}`)];
  const stored = await Promise.allSettled(
    ids.map((id) => {
      const normalized = normalizeAlert(alert('crowd', id), 'scanner');
      if (!normalized.ok) throw new Error('the alert is not well formed');
      return intake.submit({ normalized: normalized.alert, actor, requestId: 'test' });
    }),
  );
  expect(stored.map(({ status }) => status)).toEqual(
    ids.map((id) => (id === 'poison' ? 'rejected' : 'fulfilled')),
  );
  expect(said.filter((line) => !line.includes('cannot be stored'))).toEqual([]);
  at.engine.matcher.nudge();
  await expect.poll(async () => (await at.runs('crowd')).length, { timeout: 10_000 }).toBe(20);
}, 60_000);
