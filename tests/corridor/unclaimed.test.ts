import { afterAll, beforeAll, expect, it } from 'vitest';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { claimAttempts } from '../../engine/runtime/store/queries/claim-attempts.ts';
import { type AttemptId, defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import { makeDue } from '../support/make-due.ts';
import {
  type Asked,
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

/* What was judged and said yes to goes out while that is fresh, or it is judged and asked anew. */

let corridor: Corridor;
let bo: PersonId;
let dan: PersonId;
let eli: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  dan = await corridor.person('Dan', ['other'], ['operator']);
  eli = await corridor.person('Eli', ['other'], ['operator']);
});
afterAll(() => corridor.close());

const orders = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders;

const stop = (personId: PersonId | null) => ({
  scope: 'everything' as const,
  subject: '',
  reason: 'look first',
  actor: testActor,
  personId,
  requestId: 'test',
});

/** As if another worker were at this host: what is ready for it waits. */
async function occupy(host: string): Promise<void> {
  await corridor.database.owner.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
       lease_until, worker, intent_entry_id)
     values ($1, 'att_other', 'run_other', 'run', 'run/other', 'perform', 1, 'other', 'edr.isolate-host', '1.0.0', 'contain',
       'edr', 'lab', '{}', 'host', $2, 5, 1000, 'claimed', clock_timestamp() + interval '1 hour', 'other', '')`,
    [defaultTenant, host],
  );
}

async function leave(): Promise<void> {
  await corridor.database.owner.query(`delete from attempts where id = 'att_other'`);
}

const attemptsOf = async (runId: string) =>
  (
    await corridor.database.app.query<{ number: number; state: string }>(
      `select number, state from attempts where run_id = $1 and purpose = 'perform' order by created_at`,
      [runId],
    )
  ).rows;

async function claim(runId: string): Promise<unknown[]> {
  const { app } = corridor.database;
  const { rows } = await app.query<{ id: AttemptId }>('select id from attempts where run_id = $1', [runId]);
  const ids = rows.map(({ id }) => id);
  return app.transaction((tx) => claimAttempts(tx, defaultTenant, ids, 'test', 10_000));
}

/** Said yes to and made ready, with nobody to take it. */
async function ready(id: string, host: string): Promise<Asked> {
  await corridor.publish(madePlaybook(id, `${isolateStep}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert(id, id, host));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const asked = await onlyQuestion(corridor);
  await occupy(host);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await until(async () => (await attemptsOf(asked.run_id)).some(({ state }) => state === 'queued'));
  return asked;
}

it('a yes that is older than a quarter of an hour goes out after no stop: it is asked anew', async () => {
  const before = orders(ws0117);
  const asked = await ready('old-yes', ws0117);
  await setStop(corridor.engine.parts, stop(null));
  await leave();
  await corridor.database.owner.query(
    `update attempts set claim_before = clock_timestamp() - interval '1 ms' where run_id = $1`,
    [asked.run_id],
  );
  await clearAsSeen(corridor.engine.parts, stop(dan));
  expect(await clearAsSeen(corridor.engine.parts, stop(eli))).toMatchObject({ ok: true });
  // Nobody takes it, whether or not the clock has told its run yet.
  expect(await claim(asked.run_id)).toEqual([]);
  expect(await attemptsOf(asked.run_id)).toEqual([{ number: 1, state: 'queued' }]);

  await makeDue(corridor.database.owner, 'claim', asked.run_id);
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const story = (await corridor.story(asked.run_id)).map(({ type, code }) => [type, code]);
  expect(story).toContainEqual(['action.taken-back', undefined]);
  expect(story).toContainEqual(['approval.voided', 'approval/grant-expired']);
  expect(orders(ws0117)).toBe(before);

  const again = await onlyQuestion(corridor);
  expect(again.id).not.toBe(asked.id);
  expect(await decide(corridor, again, bo)).toMatchObject({ ok: true, state: 'granted' });
  await until(async () => (await corridor.runs()).every(({ state }) => state === 'succeeded'));
  expect(orders(ws0117)).toBe(before + 1);
  expect(await attemptsOf(asked.run_id)).toEqual([
    { number: 1, state: 'revoked' },
    { number: 1, state: 'done' },
  ]);
});

it('an attempt that a worker took in time is left to it', async () => {
  const before = orders(ws0244);
  const asked = await ready('taken', ws0244);
  await leave();
  await until(async () => (await corridor.runs()).every(({ state }) => state === 'succeeded'));
  await makeDue(corridor.database.owner, 'claim', asked.run_id);
  await corridor.rest();
  expect(orders(ws0244)).toBe(before + 1);
});
