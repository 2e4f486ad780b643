import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { seedWaitingRun } from './seed.ts';

/**
 * A waiting run becomes one with a loop in it, as the engine leaves it in the middle: item 3 failed, item
 * 7 waits (its question is the run's), items from 200 on have not begun, the others are done.
 */
export async function seedLoopRun(sql: Sql, items = 250) {
  const seeded = await seedWaitingRun(sql, { scope: 'run/sweep[m7]' });
  const of = [defaultTenant, seeded.runId];
  await sql.query(
    `insert into scopes (tenant_id, run_id, path, kind, body, parent, place, live, version)
     values ($1, $2, 'run', 'run', 'run', null, '{}', 'waiting', 1), ($1, $2, 'run/sweep', 'loop', 'run/sweep', 'run', '{2}', 'waiting', 1)`,
    of,
  );
  await sql.query(
    `insert into scopes (tenant_id, run_id, path, kind, body, parent, idx, item, place, live, result, version)
     select $1, $2, 'run/sweep[m' || n || ']', 'item', 'run/sweep', 'run/sweep', n,
       json_build_object('index', n, 'key', 'm' || n, 'value', json_build_object('subject', 'Invoice ' || n)),
       array[2, n], case when n = 7 then 'waiting' when n >= 200 then 'created' else 'ended' end,
       case when n = 3 then '{"status":"failed"}' when n <> 7 and n < 200 then '{"status":"succeeded"}' end::json, 1
     from generate_series(0, $3::int - 1) n`,
    [...of, items],
  );
  await sql.query(`update steps set place = array[position] where tenant_id = $1 and run_id = $2`, of);
  await sql.query(
    `update steps set path = 'run/sweep[m7]/isolate', scope_path = 'run/sweep[m7]', place = '{2,7,0}'
     where tenant_id = $1 and run_id = $2 and path = 'run/isolate'`,
    of,
  );
  await sql.query(
    `insert into steps (tenant_id, run_id, path, position, place, kind, name, status, phase, attempts, outputs)
     values ($1, $2, 'run/sweep', 2, '{2}', 'foreach', 'Every mail', 'active', 'inside', 0, '{}'),
            ($1, $2, 'run/after', 3, '{3}', 'action', 'Tell', 'pending', null, 0, '{}')`,
    of,
  );
  await sql.query(
    `insert into steps (tenant_id, run_id, path, scope_path, position, place, kind, name, action, status, attempts, outputs)
     select $1, $2, 'run/sweep[m' || n || ']/isolate', 'run/sweep[m' || n || ']', 0, array[2, n, 0], 'action', 'Isolate',
       'edr.isolate-host', case n when 3 then 'failed' else 'succeeded' end, 1, '{}'
     from generate_series(0, 199) n where n <> 7`,
    of,
  );
  await sql.query(`update runs set waiting_for = $3 where tenant_id = $1 and id = $2`, [
    ...of,
    JSON.stringify([{ kind: 'inside', step: 'run/sweep', until: null }]),
  ]);
  return seeded;
}
