import type { Sql } from '../../engine/runtime/store/sql.ts';
import { seedWaitingRun } from '../api/seed.ts';

/** A question that waits, and beside it one host contained under a lease, one just being taken back, one given back. */
export async function seedIncident(sql: Sql, options: Parameters<typeof seedWaitingRun>[1] = {}) {
  const seeded = await seedWaitingRun(sql, options);
  const record = (what: string) => `und_${what}_${seeded.runId}`;
  await sql.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state, lease_until, lease_at_end, settled_at)
     select 'default', 'und_' || s || '_' || $1, $1, 'run', 'run/' || s, 'Isolate', 'edr.isolate-host', s || $1, 'main',
       'host', case s when 'done' then 'H17' else s end, 'network-isolated', 'ours', '{"action":"edr.release-host@1"}', s,
       case s when 'done' then clock_timestamp() + interval '2 days' end, case s when 'done' then 'ask' end,
       case s when 'undone' then clock_timestamp() end
     from unnest(array['done', 'undoing', 'undone']) s`,
    [seeded.runId],
  );
  await sql.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path, 'held', 'ours' from undo_records
     where state = 'done' and run_id = $1`,
    [seeded.runId],
  );
  await sql.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
       intent_entry_id, outcome, claimed_at, finished_at)
     values ('default', 'att_' || $1, $1, 'run', 'run/done', 'perform', 1, $1, 'edr.isolate-host', '1.0.0', 'contain',
       'edr', 'main', '{"comment":"secret words"}', 'host', 'H17', 2, 1000, 'done', 'ent_1', '{"kind":"succeeded"}',
       clock_timestamp(), clock_timestamp())`,
    [seeded.runId],
  );
  return { ...seeded, contained: record('done'), undoing: record('undoing') };
}
