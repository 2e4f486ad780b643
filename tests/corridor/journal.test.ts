import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { startRuns } from '../../engine/runtime/start-runs.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, questions, until, ws0117, ws0244 } from './questions.ts';

/* What is written before anything happens, and what a waiting run costs. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  await corridor.publish(madePlaybook('isolating', isolateStep));
  await corridor.publish(
    madePlaybook('waiting-long', `${isolateStep}    approval: { approvers: [group:soc], expires: 6d }\n`),
  );
});
afterAll(() => corridor.close());

it('every attempt names the entry of its intent, and every effect at the vendor has an attempt', async () => {
  await corridor.sendBody(hostAlert('isolating', 'journal-1', ws0117));
  await corridor.rest();
  const { rows } = await corridor.database.owner.query<{ intent: string | null }>(
    `select (select convert_from(e.entry, 'utf8') from audit_pending e where e.id = a.intent_entry_id) as intent
     from attempts a where a.purpose = 'perform'`,
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { intent } of rows)
    expect(JSON.parse(intent ?? '{}')).toMatchObject({ type: 'action.attempted' });
  expect(corridor.lab.estate.effects().totals.orders).toBe(1);
});

it('while entries cannot be written nothing is sent and nothing is accepted; then it goes on', async () => {
  const { owner } = corridor.database;
  await corridor.engine.matcher.stop();
  await corridor.sendBody(hostAlert('isolating', 'journal-2', ws0244));
  await owner.query('revoke insert on audit_pack from riposte_app');
  const calls = corridor.lab.estate.callCount();
  const parts = corridor.engine.parts;
  const next = {
    source: 's',
    body: hostAlert('isolating', 'journal-3', ws0117),
    actor: testActor,
    requestId: 't',
  };
  await expect(acceptAlert(parts, next)).rejects.toThrow('permission denied');
  // The run may be created; beginning it is what has to be written down.
  await startRuns(parts, corridor.engine.admitter, 10).catch(() => undefined);
  const attempts = await owner.query(`select 1 from attempts where target_id = $1`, [ws0244]);
  expect(attempts.rows).toEqual([]);
  expect(corridor.lab.estate.callCount()).toBe(calls);
  const unknown = await owner.query(`select 1 from alerts where source_id = 'journal-3'`);
  expect(unknown.rows).toEqual([]);

  await owner.query('grant insert on audit_pack to riposte_app');
  await startRuns(parts, corridor.engine.admitter, 10);
  await until(async () => (await corridor.runs()).filter((run) => run.state === 'succeeded').length === 2);
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0244}`)).toMatchObject({ applied: 1 });
});

it('a run that waits for a person is rows: no attempt, no job, no lease', async () => {
  await acceptAlert(corridor.engine.parts, {
    source: 's',
    body: hostAlert('waiting-long', 'journal-4', ws0117),
    actor: testActor,
    requestId: 't',
  });
  await startRuns(corridor.engine.parts, corridor.engine.admitter, 10);
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  await corridor.rest();
  const { rows } = await corridor.database.owner.query(
    `select (select count(*) from outbox) as jobs, (select count(*) from attempts where state in ('queued', 'claimed')) as attempts,
       (select count(*) from runs where state = 'waiting') as waiting`,
  );
  expect(rows).toEqual([{ jobs: 0, attempts: 0, waiting: 1 }]);
});
