import type { TenantId } from '../../schemas/ids.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { isJsonObject } from '../../schemas/json.ts';
import type { TriggerType } from '../core/contracts/plan.ts';
import type { ScopeName } from './scope-name.ts';
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
  const [awaited] = await Promise.all([tx.query(anybody, [tenant, types]), ...locked]);
  // Usually nobody waits, and the signals need not travel.
  if (awaited.rowCount === 0) return [];
  const rows = signals.map((signal) => ({
    id: signal.id,
    type: signal.type,
    data: signal.data,
    keys: keysOf(signal.data),
  }));
  return (await tx.query<ScopeName>(deliver, [tenant, JSON.stringify(rows)])).rows;
}

const anybody = 'select 1 from subscriptions where tenant_id = $1 and type = any($2) limit 1';

const deliver = `
insert into messages (tenant_id, run_id, scope_path, event)
select s.tenant_id, s.run_id, s.scope_path,
  json_build_object('type', 'signal.arrived', 'ref', s.ref, 'signalId', x.id, 'signal', x.data)
from json_to_recordset($2::json) as x(id text, type text, data json, keys json)
join subscriptions s on s.tenant_id = $1 and s.type = x.type
  and (s.key_path is null or x.keys->>s.key_path = s.key_value)
returning run_id as "runId", scope_path as path`;

/** A wait being entered excludes deliveries of its type; deliveries do not exclude each other. */
export async function lockSignals(tx: Tx, tenant: TenantId, type: TriggerType): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName(tenant, type)]);
}

function lockName(tenant: TenantId, type: TriggerType): string {
  return `${tenant}/signals/${type}`;
}

/** Deep enough for `incident.id` and its like; a wait whose key is deeper is tried with every signal. */
const depthMax = 4;

export function canBeLookedUp(keyPath: string): boolean {
  return keyPath.split('.').length <= depthMax;
}

/** Every scalar of a signal by its dotted path, as text: what a subscription's key is compared with. */
export function keysOf(data: JsonObject): { [path: string]: string } {
  const keys: { [path: string]: string } = {};
  const walk = (value: Json, path: string, depth: number): void => {
    if (isJsonObject(value) && depth < depthMax) {
      for (const [name, inner] of Object.entries(value))
        walk(inner, path === '' ? name : `${path}.${name}`, depth + 1);
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      keys[path] = String(value);
    }
  };
  walk(data, '', 0);
  return keys;
}
