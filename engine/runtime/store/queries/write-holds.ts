import type { TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { Tx } from '../sql.ts';

/** The last word about one step's hold. `held` carries what was found out by acting. */
export interface HoldRow {
  run_id: string;
  step_path: string;
  state: 'wanted' | 'held' | 'dropped';
  effect: string | null;
  target_kind: string | null;
  target_id: string | null;
  origin: 'ours' | 'found' | 'unknown' | null;
}

/*
 * A hold that found the effect present while one of ours is there found our own doing: the first one's
 * origin is the effect's.
 */
const kept = `
insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
select $1, effect, target_kind, target_id, run_id, step_path, state,
  case when x.origin <> 'ours' and exists (select 1 from holds o where o.tenant_id = $1 and o.effect = x.effect
      and o.target_kind = x.target_kind and o.target_id = x.target_id and o.origin = 'ours'
      and o.state in ('held', 'unreleased'))
    then 'ours' else x.origin end
from json_to_recordset($2::json) as x(effect text, target_kind text, target_id text, run_id text, step_path text,
  state text, origin text)
on conflict (tenant_id, effect, target_kind, target_id, run_id, step_path) do update
  set state = excluded.state,
    origin = case when holds.origin = 'ours' then 'ours' else coalesce(excluded.origin, holds.origin) end
  where holds.state <> 'held'`;

/** What succeeded stays held, whatever is said about it later; only its undo ends it. */
const dropped = `
delete from holds h using json_to_recordset($2::json) as x(run_id text, step_path text)
where h.tenant_id = $1 and h.run_id = x.run_id and h.step_path = x.step_path and h.state = 'wanted'`;

export async function writeHolds(tx: Tx, tenant: TenantId, rows: readonly HoldRow[]): Promise<void> {
  const many = async (text: string, some: readonly HoldRow[]) => {
    if (some.length > 0) await tx.query(text, [tenant, JSON.stringify(some)]);
  };
  await many(
    kept,
    rows.filter((row) => row.state !== 'dropped'),
  );
  await many(
    dropped,
    rows.filter((row) => row.state === 'dropped'),
  );
}

/** Rows of `undo_records`: what a success left behind. */
const records = `
insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
  connection, target_kind, target_id, effect, origin, inverse, loop, lease_until, lease_warn_ms, lease_at_end,
  lease_warn_at, arguments, left_behind)
select $1, id, run_id, scope_path, step_path, step_name, generation, action, action_key, connection, target_kind,
  target_id, effect, origin, inverse, loop, to_timestamp(lease_until_ms / 1000.0), lease_warn_ms, lease_at_end,
  to_timestamp((lease_until_ms - lease_warn_ms) / 1000.0), arguments, left_behind
from json_to_recordset($2::json) as x(id text, run_id text, scope_path text, step_path text, step_name text,
  generation int, action text, action_key text, connection text, target_kind text, target_id text, effect text,
  origin text, inverse json, loop json, lease_until_ms bigint, lease_warn_ms bigint, lease_at_end text,
  arguments json, left_behind json)`;

export async function writeRecords(tx: Tx, tenant: TenantId, rows: readonly JsonObject[]): Promise<void> {
  if (rows.length > 0) await tx.query(records, [tenant, JSON.stringify(rows)]);
}

/** Asked before a containment is dispatched; keeps undos of this effect out until the commit. */
export async function isBeingUndone(
  tx: Tx,
  tenant: TenantId,
  effect: string,
  target: { kind: string; id: string },
): Promise<boolean> {
  const { rows } = await tx.query<{ undone: boolean }>('select effect_is_undone($1, $2, $3, $4) as undone', [
    tenant,
    effect,
    target.kind,
    target.id,
  ]);
  return rows[0]?.undone ?? false;
}
