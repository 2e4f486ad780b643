import type { TenantId } from '../../../../schemas/ids.ts';
import type { TriggerType } from '../../../core/contracts/plan.ts';
import { boundKey } from '../../../core/intake/bound-key.ts';
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

/** What happened before is in `earlier-signals.ts`. */
export async function subscribe(
  tx: Tx,
  tenant: TenantId,
  { scope, ref, type, key }: Subscription,
): Promise<void> {
  const value = key === null ? null : boundKey(key.value);
  await tx.query(insert, [tenant, scope.runId, scope.path, ref, type, key?.path ?? null, value]);
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
