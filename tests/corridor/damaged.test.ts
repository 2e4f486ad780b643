import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* Runs that no engine can move any more are looked at again and again, and keep nobody from what is due. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  // Each of them is said in the log whenever it is looked at.
  corridor.engine.parts.log = () => undefined;
  await corridor.publish(madePlaybook('broken', '  - id: pause\n    wait: 5d\n'));
  await corridor.publish(madePlaybook('due', `  - id: nap\n    wait: 2s\n${isolateStep}`));
  await corridor.publish(
    madePlaybook('asks', `${isolateStep}    approval: { ask: "Isolate?", approvers: [group:soc] }\n`),
  );
});
afterAll(() => corridor.close());

/** More than are looked for at once. */
const many = 201;

it('as many as a whole page of damaged scopes and deadlines keep no other run from what is due', async () => {
  const { owner } = corridor.database;
  await corridor.sendBody(hostAlert('broken', 'broken-1', ws0117));
  await corridor.sendBody(hostAlert('asks', 'asks-1', ws0244));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  const [broken] = (await corridor.runs()).filter(({ playbook_id }) => playbook_id === 'broken');
  const past = `clock_timestamp() - interval '1 hour'`;
  await owner.query(
    `insert into scopes select (s).* from (
       select json_populate_record(s, json_build_object('path', 'run~broken.' || n, 'snapshot', '{', 'parent', null,
         'alarm_at', ${past}, 'kind', 'loop')) as s
       from scopes s, generate_series(1, $2::int) n where s.run_id = $1 and s.path = 'run') damaged`,
    [broken?.id, many],
  );
  await owner.query(
    `insert into deadlines (tenant_id, id, run_id, scope_path, ref, kind, seq, due_at)
     select 'default', 'dl_' || n, $1, 'run~broken.' || n, 'run/pause', 'recheck', n, ${past} from generate_series(1, $2::int) n`,
    [broken?.id, many],
  );
  await corridor.sendBody(hostAlert('due', 'due-1', ws0117));
  await owner.query(`update deadlines set due_at = clock_timestamp() where run_id = $1 and kind = 'expiry'`, [
    asked.run_id,
  ]);
  await until(async () => corridor.lab.estate.host(ws0117).isolation === 'Full');
  await until(async () => (await questions(corridor, 'pending')).length === 0);
  expect(corridor.lab.estate.host(ws0244).isolation).toBe('none');
});

it('nor do leases that cannot be begun keep others from ending', async () => {
  const { owner } = corridor.database;
  await corridor.publish(madePlaybook('leased', `${isolateStep}    lease: { for: 72h, at_end: release }\n`));
  for (const [n, host] of [ws0244, db1].entries())
    await corridor.sendBody(hostAlert('leased', `leased-${n}`, host));
  await corridor.rest();
  const leased = (await corridor.runs()).filter(({ playbook_id }) => playbook_id === 'leased');
  const [broken] = leased;
  await owner.query(`update scopes set snapshot = '{' where run_id = $1 and path = 'run'`, [broken?.id]);
  const ended = `clock_timestamp() - interval '1 hour'`;
  // The one that is broken fifty times over, each of them older than the one that is whole.
  await owner.query(
    `insert into undo_records overriding system value select (u).* from (
       select json_populate_record(u, json_build_object('id', u.id || n, 'seq', u.seq * 1000 + n, 'step_path', u.step_path || n,
         'action_key', u.action_key || n, 'lease_until', ${ended})) as u
       from undo_records u, generate_series(1, 60) n where u.run_id = $1) copies`,
    [broken?.id],
  );
  await owner.query(`update undo_records set lease_until = clock_timestamp() where run_id = $1`, [
    leased[1]?.id,
  ]);
  await until(async () => corridor.lab.estate.host(db1).isolation === 'none');
  expect(corridor.lab.estate.host(ws0244).isolation).toBe('Full');
});

it('a lease whose end could not be begun once is tried by the next look, not a minute later', async () => {
  const { owner } = corridor.database;
  const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
  const { parts } = corridor.engine;
  await corridor.sendBody(hostAlert('leased', 'leased-again', ws0301));
  await corridor.rest();
  const before = corridor.lab.estate.host(ws0301).isolation;
  let failed = 0;
  parts.pass = (point) => {
    if (point === 'lease.before-commit' && failed++ === 0) throw new Error('the connection was lost');
  };
  await owner.query(
    `update undo_records set lease_until = clock_timestamp()
     where run_id = (select id from runs order by created_at desc limit 1)`,
  );
  await until(async () => corridor.lab.estate.host(ws0301).isolation === 'none');
  delete parts.pass;
  expect([before, failed]).toEqual(['Full', 2]);
});
