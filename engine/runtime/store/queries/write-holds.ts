import type { TenantId } from '../../../../schemas/ids.ts';
import type { Row } from '../row-type.ts';
import type { Tx } from '../sql.ts';
import { newUndoRecord, saidHold } from './row-types.ts';

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
  -- With exists() all holds there are would be read and hashed.
  case when x.origin <> 'ours' then coalesce((select 'ours' from holds o where o.tenant_id = $1 and o.effect = x.effect
      and o.target_kind = x.target_kind and o.target_id = x.target_id and o.origin = 'ours'
      and o.state in ('held', 'unreleased') limit 1), x.origin)
    else x.origin end
from unnest($2::said_hold[]) as x
on conflict (tenant_id, effect, target_kind, target_id, run_id, step_path) do update
  set state = excluded.state,
    origin = case when holds.origin = 'ours' then 'ours'
      when holds.origin = 'unknown' and excluded.origin = 'found' then 'unknown'
      else coalesce(excluded.origin, holds.origin) end
  where holds.state <> 'held'`;

/** What succeeded stays held, whatever is said about it later; only its undo ends it. */
const dropped = `
delete from holds h using unnest($2::said_hold[]) as x
where h.tenant_id = $1 and h.run_id = x.run_id and h.step_path = x.step_path and h.state = 'wanted'`;

export async function writeHolds(tx: Tx, tenant: TenantId, rows: readonly HoldRow[]): Promise<void> {
  const many = async (text: string, some: readonly HoldRow[]) => {
    if (some.length > 0) await tx.query(text, [tenant, saidHold.pack(some)]);
  };
  await Promise.all([
    many(
      kept,
      rows.filter((row) => row.state !== 'dropped'),
    ),
    many(
      dropped,
      rows.filter((row) => row.state === 'dropped'),
    ),
  ]);
}

/** Rows of `undo_records`: what a success left behind. */
const records = `
insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
  connection, target_kind, target_id, effect, origin, inverse, loop, lease_until, lease_warn_ms, lease_at_end,
  lease_warn_at, arguments, left_behind)
select $1, id, run_id, scope_path, step_path, step_name, generation, action, action_key, connection, target_kind,
  target_id, effect, origin, inverse, loop, to_timestamp(lease_until_ms / 1000.0), lease_warn_ms, lease_at_end,
  to_timestamp((lease_until_ms - lease_warn_ms) / 1000.0), arguments, left_behind
from unnest($2::new_undo_record[])`;

export async function writeRecords(
  tx: Tx,
  tenant: TenantId,
  rows: readonly Row<typeof newUndoRecord>[],
): Promise<void> {
  if (rows.length > 0) await tx.query(records, [tenant, newUndoRecord.pack(rows)]);
}

/** A state that an action has brought about on a target. */
export interface Effect {
  effect: string;
  kind: string;
  id: string;
}

/** Asked before a containment is dispatched; keeps undos of this effect out until the commit. */
export async function isBeingUndone(
  tx: Tx,
  tenant: TenantId,
  { effect, kind, id }: Effect,
): Promise<boolean> {
  const { rows } = await tx.query<{ undone: boolean }>('select effect_is_undone($1, $2, $3, $4) as undone', [
    tenant,
    effect,
    kind,
    id,
  ]);
  return rows[0]?.undone ?? false;
}

const expected = 'select expect_effects_stay($1, $2::text[], $3::text[], $4::text[])';

/** The same for many: refused as a whole (SQLSTATE 40001) if one of them is being undone. */
export async function expectEffectsStay(tx: Tx, tenant: TenantId, effects: readonly Effect[]): Promise<void> {
  if (effects.length === 0) return;
  await tx.query(expected, [
    tenant,
    effects.map(({ effect }) => effect),
    effects.map(({ kind }) => kind),
    effects.map(({ id }) => id),
  ]);
}
