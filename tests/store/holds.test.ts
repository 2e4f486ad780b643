import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../engine/core/contracts/action.ts';
import { Doubts } from '../../engine/runtime/doubts.ts';
import {
  planUndo,
  releaseHold,
  settleUndo,
  unplanUndo,
} from '../../engine/runtime/store/queries/undo-records.ts';
import {
  expectEffectsStay,
  isBeingUndone,
  writeHolds,
} from '../../engine/runtime/store/queries/write-holds.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';
import { sqlState } from '../../engine/runtime/store/sql-state.ts';
import { effectKey } from '../../engine/runtime/world.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { addRun, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { checkViolation, noRight, refused, uniqueViolation } from '../support/refused.ts';

/* Who wants an effect, and when it is taken back (language reference 6): what rows and locks defend. */

const { app } = await useDatabase();
const effect = 'network-isolated';

type Origin = 'ours' | 'found' | 'unknown';

/** A run whose step `run/isolate` succeeded on the target, with its hold and its record. */
async function contained(target: string, origin: Origin = 'ours', more: object = {}) {
  const runId = await addRun(app, more as { [column: string]: unknown });
  const id = `und_${randomUUID()}`;
  await insertRow(app, 'undo_records', {
    tenant_id: defaultTenant,
    id,
    run_id: runId,
    scope_path: 'run',
    step_path: 'run/isolate',
    step_name: 'Isolate',
    action: 'edr.isolate-host@1',
    action_key: id,
    connection: 'lab',
    target_kind: 'host',
    target_id: target,
    effect,
    origin,
    inverse: '{"action":"edr.release-host@1","arguments":{}}',
  });
  await hold(runId, target, 'held', origin);
  return { runId, id };
}

const hold = (runId: string, target: string, state: 'wanted' | 'held' | 'dropped', origin: Origin | null) =>
  app.transaction((tx) =>
    writeHolds(tx, defaultTenant, [
      {
        run_id: runId,
        step_path: 'run/isolate',
        state,
        effect,
        target_kind: 'host',
        target_id: target,
        origin,
      },
    ]),
  );

const plan = (runId: string, steps: string[] | null = null) =>
  app.transaction(async (tx) => (await planUndo(tx, defaultTenant, runId, steps)).records);
const release = (id: string) => app.transaction((tx) => releaseHold(tx, defaultTenant, id));
const settle = (id: string, outcome: 'undone' | 'undo-failed' | 'retained') =>
  app.transaction((tx) =>
    settleUndo(tx, defaultTenant, [{ id, outcome, failure: null, expected: null, found: null, asked: null }]),
  );
const holdsOn = async (target: string) =>
  (await app.query('select run_id, state, origin from holds where target_id = $1', [target])).rows;
const undone = (id: string) =>
  app.transaction((tx) => isBeingUndone(tx, defaultTenant, { effect, kind: 'host', id }));

describe('a hold', () => {
  it('of another run keeps the effect, and inherits that it is ours', async () => {
    const first = await contained('h1');
    const second = await contained('h1', 'found');
    await plan(first.runId);
    expect(await release(first.id)).toEqual({ origin: 'ours', irreversible: false, wanted: true });
    await plan(second.runId);
    expect(await release(second.id)).toEqual({ origin: 'ours', irreversible: false, wanted: false });
  });

  it('that is only wanted counts as well: its effect may be on its way', async () => {
    const first = await contained('h2');
    const other = await addRun(app);
    await hold(other, 'h2', 'wanted', null);
    await plan(first.runId);
    expect(await release(first.id)).toMatchObject({ wanted: true });
  });

  it('is dropped while wanted, and never once the effect is there', async () => {
    const run = await addRun(app);
    await hold(run, 'h3', 'wanted', null);
    await hold(run, 'h3', 'dropped', null);
    const states = async () =>
      (await app.query<{ state: string }>(`select state from holds where run_id = $1`, [run])).rows;
    expect(await states()).toEqual([]);
    await hold(run, 'h3', 'wanted', null);
    await hold(run, 'h3', 'held', 'ours');
    await hold(run, 'h3', 'dropped', null);
    expect(await states()).toEqual([{ state: 'held' }]);
  });

  it('that is only wanted inherits what nobody knows: its effect may be the one it finds', async () => {
    const first = await contained('h3b', 'unknown');
    const second = await addRun(app);
    await hold(second, 'h3b', 'wanted', null);
    await plan(first.runId);
    expect(await release(first.id)).toMatchObject({ origin: 'unknown', wanted: true });
    await hold(second, 'h3b', 'held', 'found');
    expect(await holdsOn('h3b')).toEqual([{ run_id: second, state: 'held', origin: 'unknown' }]);
  });

  it('that is dropped leaves what it inherited to those who want the effect still', async () => {
    const first = await contained('h3c');
    const [second, third] = [await addRun(app), await addRun(app)];
    await hold(second, 'h3c', 'wanted', null);
    await plan(first.runId);
    await release(first.id);
    await settle(first.id, 'retained');
    await hold(third, 'h3c', 'wanted', null);
    expect(await hold(second, 'h3c', 'dropped', null)).toEqual([]);
    expect(await holdsOn('h3c')).toEqual([{ run_id: third, state: 'wanted', origin: 'ours' }]);
  });

  it.each(['ours', 'unknown'] as const)(
    'that is dropped last leaves what it inherited to a person, origin %s',
    async (origin) => {
      const target = `h3d-${origin}`;
      const first = await contained(target, origin, { state: 'undone' });
      const later = await contained(target, 'found');
      const other = await addRun(app);
      await hold(other, target, 'wanted', null);
      for (const { runId, id } of [first, later]) {
        await plan(runId);
        await release(id);
        await settle(id, 'retained');
      }
      const [reopened, ...more] = await hold(other, target, 'dropped', null);
      expect(more).toEqual([]);
      expect(reopened).toMatchObject({ id: later.id, runId: later.runId, target });
      expect(await holdsOn(target)).toEqual([{ run_id: later.runId, state: 'unreleased', origin }]);
      expect(await plan(later.runId)).toMatchObject([{ id: later.id, origin, generation: 1 }]);
    },
  );

  it('that is dropped and was left an effect says so of the caller of a run that was undone', async () => {
    const parent = await addRun(app, { state: 'undone' });
    const link = { parent_run_id: parent, parent_ref: 'run/inner', parent_scope: 'run', attached: true };
    const child = await contained('h3e', 'ours', { ...link, state: 'succeeded' });
    const other = await addRun(app);
    await hold(other, 'h3e', 'wanted', null);
    await plan(parent);
    await release(child.id);
    await settle(child.id, 'retained');
    await hold(other, 'h3e', 'dropped', null);
    const { rows } = await app.query('select state from runs where id = any($1) order by created_at, id', [
      [parent, child.runId],
    ]);
    expect(rows).toEqual([{ state: 'undo-incomplete' }, { state: 'succeeded' }]);
  });

  it('exactly one of two runs that let go at the same moment is the last', async () => {
    for (let n = 0; n < 20; n++) {
      const both = [await contained(`pair-${n}`), await contained(`pair-${n}`)];
      await Promise.all(both.map(({ runId }) => plan(runId)));
      const views = await Promise.all(both.map(({ id }) => release(id)));
      expect(views.map((view) => view?.wanted).sort()).toEqual([false, true]);
    }
  });
});

describe('an effect', () => {
  it('is being undone from the release of its hold until that undo has ended', async () => {
    const { runId, id } = await contained('h4');
    await plan(runId);
    expect(await undone('h4')).toBe(false);
    await release(id);
    expect(await undone('h4')).toBe(true);
    await settle(id, 'undone');
    expect(await undone('h4')).toBe(false);
  });

  it.each([
    ['asks first', isUndoneByAsking],
    ['takes it for granted', isUndoneByWriting],
  ])(
    'is wanted before its release, or held back after it, never both missed, by whoever %s',
    async (_, isUndone) => {
      for (let n = 0; n < 20; n++) {
        const target = `race-${_}-${n}`;
        const { runId, id } = await contained(target);
        const other = await addRun(app);
        await plan(runId);
        const [view, refusedNow] = await Promise.all([release(id), isUndone(other, target)]);
        expect(view?.wanted).toBe(!refusedNow);
      }
    },
  );

  it('that is being undone is named by the refusal, and nothing is written', async () => {
    const { runId, id } = await contained('h4b');
    await plan(runId);
    await release(id);
    const other = await addRun(app);
    expect(await isUndoneByWriting(other, 'h4b')).toBe(true);
    expect(await isUndoneByWriting(other, 'h4c')).toBe(false);
    const { rows } = await app.query('select target_id from holds where run_id = $1', [other]);
    expect(rows).toEqual([{ target_id: 'h4c' }]);
  });
});

const wantedBy = (tx: Tx, runId: string, target: string) =>
  writeHolds(tx, defaultTenant, [
    {
      run_id: runId,
      step_path: 'run/isolate',
      state: 'wanted',
      effect,
      target_kind: 'host',
      target_id: target,
      origin: null,
    },
  ]);

function isUndoneByAsking(runId: string, target: string): Promise<boolean> {
  return app.transaction(async (tx) => {
    if (await isBeingUndone(tx, defaultTenant, { effect, kind: 'host', id: target })) return true;
    await wantedBy(tx, runId, target);
    return false;
  });
}

/** As an engine does it that has no doubt; its doubts afterwards say why it was refused. */
async function isUndoneByWriting(runId: string, target: string): Promise<boolean> {
  const doubts = new Doubts();
  const wanted = { effect, kind: 'host', id: target };
  try {
    await app.transaction(async (tx) => {
      await Promise.all([expectEffectsStay(tx, defaultTenant, [wanted]), wantedBy(tx, runId, target)]);
    });
    return false;
  } catch (error) {
    expect(sqlState(error)).toBe('40001');
    doubts.learn(error);
    expect(doubts.has(effectKey(wanted))).toBe(true);
    return true;
  }
}

describe('an undo record', () => {
  it('is claimed by one undo, newest first, with those of attached children and not of detached ones', async () => {
    const parent = await contained('h5');
    const link = { parent_run_id: parent.runId, parent_ref: 'run/inner', parent_scope: 'run' };
    const attached = await contained('h6', 'ours', { ...link, attached: true });
    await contained('h7', 'ours', { ...link, attached: false });
    const [one, other] = await Promise.all([plan(parent.runId), plan(parent.runId)]);
    expect([...one, ...other].map((record) => record.id)).toEqual([attached.id, parent.id]);
  });

  it('is found by the path of the call whose child left it', async () => {
    const parent = await contained('h8');
    const link = { parent_run_id: parent.runId, parent_ref: 'run/inner', parent_scope: 'run' };
    const child = await contained('h9', 'ours', { ...link, attached: true });
    expect((await plan(parent.runId, ['run/inner'])).map((record) => record.id)).toEqual([child.id]);
  });

  it('of the run that this one restarts is taken back too', async () => {
    const ended = await contained('h10');
    const again = await contained('h11', 'ours', { restart_of: ended.runId });
    expect((await plan(again.runId)).map((record) => record.id)).toEqual([again.id, ended.id]);
  });

  it('that failed can be tried again as an effect of its own, and the host is marked until then', async () => {
    const { runId, id } = await contained('h12');
    await plan(runId);
    await release(id);
    await settle(id, 'undo-failed');
    const holds = () => app.query(`select state from holds where target_id = 'h12'`).then(({ rows }) => rows);
    expect(await holds()).toEqual([{ state: 'unreleased' }]);
    expect(await plan(runId)).toMatchObject([{ id, generation: 1 }]);
    await release(id);
    await settle(id, 'undone');
    expect(await holds()).toEqual([]);
    expect(await plan(runId)).toEqual([]);
  });

  it.each([
    ['never tried before', null, null, 'done'],
    ['that failed', 'undo-failed', 'undo/failed', 'undo-failed'],
    ['whose target did not say what it shows', 'undo-failed', 'undo/cannot-tell', 'undo-failed'],
    ['whose target was changed since', 'changed-since', 'undo/changed-since', 'changed-since'],
  ] as const)('%s is what it was after a plan that came to nothing', async (what, outcome, code, before) => {
    const { runId, id } = await contained(`h12 ${what}`);
    if (outcome !== null) {
      await plan(runId);
      await release(id);
      const failure: Failure = { code, kind: 'terminal', message: 'no' };
      const seen = code === 'undo/failed' ? null : { state: 'absent' };
      const row = { id, outcome, failure, expected: seen, found: seen, asked: null };
      await app.transaction((tx) => settleUndo(tx, defaultTenant, [row]));
    }
    expect(await plan(runId)).toMatchObject([{ id }]);
    expect(await plan(runId)).toEqual([]);
    await app.transaction((tx) => unplanUndo(tx, defaultTenant, [id]));
    const { rows } = await app.query('select state from undo_records where id = $1', [id]);
    expect(rows).toEqual([{ state: before }]);
    expect(await plan(runId)).toMatchObject([{ id }]);
  });

  it('exists once per effect, knows its states, and is never deleted', async () => {
    const { runId, id } = await contained('h13');
    const twice = app.query(
      `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
         origin, inverse) values ($1, $2, $3, 'run', 'run/x', 'x', 'a', $4, 'lab', 'ours', '{}')`,
      [defaultTenant, `und_${randomUUID()}`, runId, id],
    );
    expect(await refused(twice)).toBe(uniqueViolation);
    const odd = app.query(`update undo_records set state = 'forgotten' where id = $1`, [id]);
    expect(await refused(odd)).toBe(checkViolation);
    expect(await refused(app.query('delete from undo_records where id = $1', [id]))).toBe(noRight);
  });
});
