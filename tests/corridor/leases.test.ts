import { afterAll, beforeAll, expect, it } from 'vitest';
import { renewLease } from '../../engine/runtime/renew-lease.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId, UndoId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* What happens when a lease comes to its end, over the real store and the lab (language reference 6). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  const lease = (end: string) => `${isolateStep}    lease: { for: 72h, at_end: ${end} }\n`;
  await corridor.publish(madePlaybook('releasing', lease('release')));
  for (const id of ['asking', 'asking-too']) await corridor.publish(madePlaybook(id, lease('ask')));
});
afterAll(() => corridor.close());

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;

interface Left {
  id: UndoId;
  state: string;
  /** In hours from now. */
  left: number;
}

async function recordOf(runId: string): Promise<Left> {
  const { rows } = await corridor.database.owner.query<Left>(
    `select id, state, round(extract(epoch from lease_until - clock_timestamp()) / 3600)::int as left
     from undo_records where run_id = $1`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`${runId} left no record`);
  return row;
}

async function runOf(playbookId: string, sourceId: string, host: string): Promise<RunId> {
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await corridor.rest();
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
  expect(run?.state).toBe('succeeded');
  return run?.id as RunId;
}

/** As if the 72 hours were over. */
async function letLeaseEnd(runId: string): Promise<void> {
  await corridor.database.owner.query(
    `update undo_records set leased_at = leased_at - interval '72 hours', lease_until = lease_until - interval '72 hours',
       lease_warn_at = null where run_id = $1`,
    [runId],
  );
}

const told = async (runId: string) => (await corridor.story(runId)).map((entry) => entry.type);
const stateOf = async (runId: string) => (await corridor.runs()).find(({ id }) => id === runId)?.state;
const ends = (runId: string, state: string) => until(async () => (await recordOf(runId)).state === state);

async function asked(runId: string) {
  const find = async () => (await questions(corridor, 'pending')).find((each) => each.run_id === runId);
  await until(async () => (await find()) !== undefined);
  return (await find()) as NonNullable<Awaited<ReturnType<typeof find>>>;
}

it('a lease that releases gives the host back after its run has ended, and changes no run', async () => {
  const run = await runOf('releasing', 'release-1', ws0117);
  expect((await recordOf(run)).left).toBe(72);
  expect(isolation(ws0117)).toBe('Full');
  await letLeaseEnd(run);
  await ends(run, 'undone');
  expect(isolation(ws0117)).toBe('none');
  expect(await stateOf(run)).toBe('succeeded');
  expect(await told(run)).toEqual(expect.arrayContaining(['lease.started', 'lease.ended', 'undo.settled']));
  const { rows } = await corridor.database.owner.query(
    `select undo from steps where run_id = $1 and path = 'run/isolate'`,
    [run],
  );
  expect(rows).toEqual([{ undo: 'undone' }]);
});

it('a run that cannot move keeps no lease from ending', async () => {
  const held = await runOf('asking', 'damaged-1', ws0117);
  await letLeaseEnd(held);
  await asked(held);
  const { owner } = corridor.database;
  const { rows } = await owner.query<{ path: string; snapshot: string }>(
    `select path, snapshot from scopes where run_id = $1 and live <> 'ended' and path <> 'run'`,
    [held],
  );
  const damage = (path: string, snapshot: string) =>
    owner.query(
      'update scopes set snapshot = $3, alarm_at = clock_timestamp() where run_id = $1 and path = $2',
      [held, path, snapshot],
    );
  for (const { path } of rows) await damage(path, '{');
  expect(rows).not.toEqual([]);
  const run = await runOf('releasing', 'damaged-2', ws0244);
  await letLeaseEnd(run);
  await ends(run, 'undone');
  for (const { path, snapshot } of rows) await damage(path, snapshot);
  await decide(corridor, await asked(held), bo);
  await ends(held, 'undone');
});

it('before its end somebody is warned, once', async () => {
  const run = await runOf('releasing', 'warn-1', ws0117);
  await corridor.database.owner.query(
    'update undo_records set lease_warn_at = clock_timestamp() where run_id = $1',
    [run],
  );
  await until(async () => (await told(run)).includes('lease.expiring'));
  expect((await recordOf(run)).state).toBe('done');
  await letLeaseEnd(run);
  await ends(run, 'undone');
  expect((await told(run)).filter((type) => type === 'lease.expiring')).toHaveLength(1);
});

it('a lease that asks holds the effect until there is a yes, then gives the host back', async () => {
  const run = await runOf('asking', 'yes-1', ws0117);
  await letLeaseEnd(run);
  const question = await asked(run);
  expect(await recordOf(run)).toMatchObject({ state: 'done' });
  const { rows } = await corridor.database.owner.query('select state from holds where run_id = $1', [run]);
  expect(rows).toEqual([{ state: 'held' }]);
  expect(isolation(ws0117)).toBe('Full');
  expect(await decide(corridor, question, bo)).toMatchObject({ ok: true, state: 'granted' });
  await ends(run, 'undone');
  expect(isolation(ws0117)).toBe('none');
  expect(await told(run)).toContain('hold.released');
  expect(await stateOf(run)).toBe('succeeded');
});

it('a no keeps the effect for as long again', async () => {
  const run = await runOf('asking', 'no-1', ws0117);
  await letLeaseEnd(run);
  const question = await asked(run);
  expect(await decide(corridor, question, bo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await until(async () => (await told(run)).includes('lease.kept'));
  expect(await recordOf(run)).toMatchObject({ state: 'done', left: 72 });
  expect(isolation(ws0117)).toBe('Full');
  const { rows } = await corridor.database.owner.query('select state from holds where run_id = $1', [run]);
  expect(rows).toEqual([{ state: 'held' }]);
  await letLeaseEnd(run);
  const again = await asked(run);
  await decide(corridor, again, bo);
  await ends(run, 'undone');
  expect(isolation(ws0117)).toBe('none');
});

it('while it asks, the effect counts as held: the undo of another run leaves it', async () => {
  const run = await runOf('asking', 'shared-1', ws0244);
  const other = await runOf('asking-too', 'shared-2', ws0244);
  await corridor.database.owner.query('delete from holds where run_id = $1', [other]);
  await letLeaseEnd(run);
  const question = await asked(run);
  await takeBack(other);
  await ends(other, 'retained');
  expect(isolation(ws0244)).toBe('Full');
  await decide(corridor, question, bo);
  await ends(run, 'undone');
  expect(isolation(ws0244)).toBe('none');
});

it('an effect that another run holds is let go of without a question', async () => {
  const run = await runOf('asking', 'retained-1', ws0244);
  const other = await runOf('asking-too', 'retained-2', ws0244);
  await letLeaseEnd(run);
  await ends(run, 'retained');
  expect(isolation(ws0244)).toBe('Full');
  await takeBack(other);
  await ends(other, 'undone');
  expect(isolation(ws0244)).toBe('none');
});

const takeBack = (runId: RunId) =>
  undoRun(corridor.engine.parts, {
    runId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });

it('a person who takes the run back meanwhile settles the question', async () => {
  const run = await runOf('asking', 'meanwhile-1', ws0117);
  await letLeaseEnd(run);
  const question = await asked(run);
  expect(await takeBack(run)).toEqual({ ok: true, records: 1 });
  await corridor.rest();
  expect(await stateOf(run)).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
  expect((await questions(corridor)).find(({ id }) => id === question.id)?.state).toBe('cancelled');
  expect(await told(run)).not.toContain('lease.kept');
});

const renew = (recordId: UndoId, forMs: number) =>
  renewLease(corridor.engine.parts, {
    recordId,
    until: { forMs },
    reason: 'Still looking at it',
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
  });

it('renewed in time it is not released, also while it is asked about', async () => {
  const run = await runOf('asking', 'renewed-1', ws0117);
  await letLeaseEnd(run);
  const question = await asked(run);
  const { id } = await recordOf(run);
  expect(await renew(id, 48 * 3_600_000)).toMatchObject({ ok: true });
  await until(
    async () => (await questions(corridor)).find((each) => each.id === question.id)?.state === 'cancelled',
  );
  expect(await recordOf(run)).toMatchObject({ state: 'done', left: 48 });
  expect(isolation(ws0117)).toBe('Full');
  expect(await told(run)).toContain('lease.renewed');
  expect(await renew(id, -1)).toMatchObject({ ok: false, code: 'request/invalid' });
  await takeBack(run);
  await ends(run, 'undone');
  expect(await renew(id, 1_000)).toMatchObject({ ok: false, code: 'request/conflict' });
});

it('a lease that ended while no engine ran is released by the next one', async () => {
  const run = await runOf('releasing', 'restart-1', ws0117);
  await corridor.restart(() => letLeaseEnd(run));
  await ends(run, 'undone');
  expect(isolation(ws0117)).toBe('none');
});

it('a lease that ends while its run waits for a person leaves the run waiting', async () => {
  const gate = `  - id: gate
    approval: { ask: "Go on?", covers: [tell], approvers: [group:soc] }
${tellStep}`;
  const lease = `${isolateStep}    lease: { for: 72h, at_end: release }\n`;
  await corridor.publish(madePlaybook('waiting', lease + gate));
  await corridor.sendBody(hostAlert('waiting', 'waiting-1', ws0117));
  await corridor.rest();
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === 'waiting')?.id ?? '';
  await letLeaseEnd(run);
  await ends(run, 'undone');
  await corridor.rest();
  expect(isolation(ws0117)).toBe('none');
  expect(await stateOf(run)).toBe('waiting');
  await decide(corridor, await asked(run), bo);
  await corridor.rest();
  expect(await stateOf(run)).toBe('succeeded');
});

it('a lease whose way back is not known any more ends as failed, once, and the host is marked', async () => {
  const run = await runOf('asking', 'unknown-1', ws0117);
  await corridor.database.owner.query(
    `update undo_records set inverse = '{"action":"edr.gone@1","arguments":{}}' where run_id = $1`,
    [run],
  );
  await letLeaseEnd(run);
  await ends(run, 'undo-failed');
  const { rows } = await corridor.database.owner.query('select state from holds where run_id = $1', [run]);
  expect(rows).toEqual([{ state: 'unreleased' }]);
  expect((await told(run)).filter((type) => type === 'lease.ended')).toHaveLength(1);
  expect(isolation(ws0117)).toBe('Full');
});

it('a no leaves what the effect inherited: it is ours, and a later undo releases it', async () => {
  const first = await runOf('asking', 'inherited-1', ws0117);
  const second = await runOf('asking-too', 'inherited-2', ws0117);
  await takeBack(first);
  await ends(first, 'retained');
  await letLeaseEnd(second);
  await decide(corridor, await asked(second), bo, 'deny');
  await until(async () => (await told(second)).includes('lease.kept'));
  const { rows } = await corridor.database.owner.query('select state, origin from holds where run_id = $1', [
    second,
  ]);
  expect(rows).toEqual([{ state: 'held', origin: 'ours' }]);
  await takeBack(second);
  await ends(second, 'undone');
  expect(isolation(ws0117)).toBe('none');
});
