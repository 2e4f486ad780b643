import type { TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { TriggerType } from '../../../core/contracts/plan.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Tx } from '../sql.ts';

export interface Subscription {
  scope: ScopeName;
  ref: string;
  type: TriggerType;
  key: { path: string; value: string } | null;
}

const insert = `
insert into subscriptions (tenant_id, run_id, scope_path, ref, type, key_path, key_value)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant_id, run_id, ref) do update set type = excluded.type, key_path = excluded.key_path,
  key_value = excluded.key_value`;

/** A wait looks back this long, so that a fast answer is not lost (language reference 9.5, wait). */
const lookBack = `interval '10 minutes'`;

const signals = `
select id, data from signals
where tenant_id = $1 and type = $2 and at > (select clock_timestamp()) - ${lookBack}
  and ($3::text is null or data #>> string_to_array($3, '.') = $4)
order by at, id`;

/** Those not matched yet are delivered when they are (see deliver-signal.ts). */
const alerts = `
select id, json_build_object('id', id, 'type', 'alert.created', 'alert', (alert::jsonb || jsonb_build_object('id', id))) as data
from alerts
where tenant_id = $1 and state = 'matched' and received_at > (select clock_timestamp()) - ${lookBack}
  and $2 = 'alert.created'
  -- Made of those alone that are meant: in a storm there are hundreds of thousands.
  and ($3::text is null or ($3 like 'alert.%' and alert #>> (string_to_array($3, '.'))[2:] = $4))
order by received_at, id`;

/** Registers a wait and returns what it would have been told during the last minutes, oldest first. */
export async function subscribe(
  tx: Tx,
  tenant: TenantId,
  { scope, ref, type, key }: Subscription,
): Promise<{ id: string; data: JsonObject }[]> {
  const path = key?.path ?? null;
  const value = key?.value ?? null;
  await tx.query(insert, [tenant, scope.runId, scope.path, ref, type, path, value]);
  const earlier = type === 'alert.created' ? alerts : signals;
  return (await tx.query<{ id: string; data: JsonObject }>(earlier, [tenant, type, path, value])).rows;
}

const remove = `
delete from subscriptions s using json_to_recordset($2::json) as x(run_id text, ref text)
where s.tenant_id = $1 and s.run_id = x.run_id and s.ref = x.ref`;

export async function unsubscribe(
  tx: Tx,
  tenant: TenantId,
  rows: readonly { run_id: string; ref: string }[],
): Promise<void> {
  if (rows.length > 0) await tx.query(remove, [tenant, JSON.stringify(rows)]);
}
