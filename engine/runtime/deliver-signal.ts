import type { TenantId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { TriggerType } from '../core/contracts/plan.ts';
import { signalValues } from '../core/run/signal-values.ts';
import type { ScopeName } from './scope-name.ts';
import { eventValue } from './store/queries/row-types.ts';
import type { Tx } from './store/sql.ts';

/*
 * Tells the waits that something happened. Called in the transaction that makes a signal visible: the
 * one that writes its row, or for `alert.created` the one that turns its alert to `matched`. A wait that
 * is just being entered looks at what is visible by then, under the same lock, so that each wait
 * meets each signal exactly once.
 */

export interface Signal {
  id: string;
  type: Exclude<TriggerType, 'schedule' | 'manual'>;
  /** What `signal` is in `wait.match`. */
  data: JsonObject;
}

/** Returns the scopes that have a message now; nudge them after the commit. */
export async function deliverSignals(
  tx: Tx,
  tenant: TenantId,
  signals: readonly Signal[],
): Promise<ScopeName[]> {
  if (signals.length === 0) return [];
  const types = [...new Set(signals.map((signal) => signal.type))].sort();
  const locked = types.map((type) =>
    tx.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [lockName(tenant, type)]),
  );
  const [awaited] = await Promise.all([tx.query<Awaited>(awaitedPaths, [tenant, types]), ...locked]);
  // Usually nobody waits, and the signals need not travel.
  if (awaited.rows.length === 0) return [];
  const rows = signals.map(({ id, type, data }, place) => ({ place, id, type, data }));
  const values = rows.flatMap(({ place, type, data }) =>
    awaited.rows.flatMap(({ type: wanted, path }) => {
      if (wanted !== type || path === null) return [];
      return signalValues(data, path).map((value) => ({ place, type, path, value }));
    }),
  );
  return (await tx.query<ScopeName>(deliver, [tenant, JSON.stringify(rows), eventValue.pack(values)])).rows;
}

/** What some wait looks for; a path of null: all signals of the type are tried. */
interface Awaited {
  type: string;
  path: string | null;
}

/** However many wait: one look at the index for each path that is looked at. */
const awaitedPaths = `
with recursive types as (select unnest($2::text[]) as type),
paths as (
  select t.type, (select min(s.key_path) from subscriptions s where s.tenant_id = $1 and s.type = t.type) as path
  from types t
  union all
  select p.type, (select min(s.key_path) from subscriptions s
    where s.tenant_id = $1 and s.type = p.type and s.key_path > p.path)
  from paths p where p.path is not null
)
select type, path from paths where path is not null
union all
select t.type, null from types t
where (select true from subscriptions s where s.tenant_id = $1 and s.type = t.type and s.key_path is null limit 1)`;

const deliver = `
with told as materialized (
  select * from json_to_recordset($2::json) as x(place int, id text, type text, data json)
),
waiting as (
  select s.run_id, s.scope_path, s.ref, x.place from told x
  join subscriptions s on s.tenant_id = $1 and s.type = x.type and s.key_path is null
  union all
  select s.run_id, s.scope_path, s.ref, v.place from unnest($3::event_value[]) as v
  join subscriptions s on s.tenant_id = $1 and s.type = v.type and s.key_path = v.path and s.key_value = v.value
)
insert into messages (tenant_id, run_id, scope_path, event)
select $1, w.run_id, w.scope_path,
  json_build_object('type', 'signal.arrived', 'ref', w.ref, 'signalId', x.id, 'signal', x.data)
from waiting w join told x on x.place = w.place
order by w.place
returning run_id as "runId", scope_path as path`;

/** A wait being entered excludes deliveries of its type; deliveries do not exclude each other. */
export async function lockSignals(tx: Tx, tenant: TenantId, type: TriggerType): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName(tenant, type)]);
}

function lockName(tenant: TenantId, type: TriggerType): string {
  return `${tenant}/signals/${type}`;
}
