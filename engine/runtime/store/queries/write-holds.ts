import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Row } from '../row-type.ts';
import type { Tx } from '../sql.ts';
import { rootOfRecord } from './one-record.ts';
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

/** Before they are dropped: whoever lets go of one of these effects meanwhile has then said what became of it. */
const lockDropped = `
select pg_advisory_xact_lock(hashtextextended(concat_ws('/', $1::text, 'hold', e.effect, e.target_kind, e.target_id), 0))
from (select distinct h.effect, h.target_kind, h.target_id from holds h, unnest($2::said_hold[]) as x
  where h.tenant_id = $1 and h.run_id = x.run_id and h.step_path = x.step_path and h.state = 'wanted'
  order by h.effect, h.target_kind, h.target_id) e`;

/*
 * What succeeded stays held, whatever is said about it later; only its undo ends it. One that is only wanted has an
 * origin if it inherited it: an effect was left to it (`retained`). When it is dropped, the origin passes to those who
 * still hold the effect. When nobody does, the newest record that was left to others waits for a person.
 * Out: the records that wait again.
 */
const dropped = `
with gone as (
  delete from holds h using unnest($2::said_hold[]) as x
  where h.tenant_id = $1 and h.run_id = x.run_id and h.step_path = x.step_path and h.state = 'wanted'
  returning h.effect, h.target_kind, h.target_id, h.run_id, h.step_path, h.origin
),
passed as (
  select effect, target_kind, target_id, min(origin) as origin from gone where origin in ('ours', 'unknown')
  group by effect, target_kind, target_id
),
heirs as (
  update holds h set origin = case
      when p.origin = 'ours' or coalesce(h.origin, 'found') = 'found' then p.origin
      else h.origin end
  from passed p
  where h.tenant_id = $1 and h.effect = p.effect and h.target_kind = p.target_kind and h.target_id = p.target_id
    and h.state in ('wanted', 'held') and (h.run_id, h.step_path) not in (select run_id, step_path from gone)
  returning h.effect, h.target_kind, h.target_id
),
orphaned as (
  select p.* from passed p
  where (p.effect, p.target_kind, p.target_id) not in (select effect, target_kind, target_id from heirs)
),
reopened as (
  update undo_records u set state = 'undo-failed', origin = o.origin, settled_at = clock_timestamp(),
    generation = u.generation + 1, failure = json_build_object('code', 'undo/failed', 'kind', 'terminal', 'message', $3::text)
  from orphaned o
  where u.tenant_id = $1 and u.id = (select r.id from undo_records r where r.tenant_id = $1 and r.effect = o.effect
    and r.target_kind = o.target_kind and r.target_id = o.target_id and r.state = 'retained'
    order by r.settled_at desc, r.seq desc limit 1)
  returning u.*
),
shown as (
  update steps s set undo = d.state from reopened d
  where s.tenant_id = $1 and s.run_id = d.run_id and s.path = d.step_path
),
unreleased as (
  insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
  select $1, effect, target_kind, target_id, run_id, step_path, 'unreleased', origin from reopened
  on conflict (tenant_id, effect, target_kind, target_id, run_id, step_path) do update set origin = excluded.origin
)
select id, run_id as "runId", step_path as "stepPath", action, target_kind as kind, target_id as target from reopened`;

/** Nothing of the record's run, or of the one whose undo is about it, is undone any more. */
const undoneNoMore = `
update runs r set state = 'undo-incomplete' from (${rootOfRecord}) root, undo_records u
where r.tenant_id = $1 and u.tenant_id = $1 and u.id = $2 and r.id in (root.id, u.run_id) and r.state = 'undone'`;

/** A record whose effect was left to a run that never got it. */
export interface Reopened {
  id: string;
  runId: RunId;
  stepPath: string;
  action: string;
  kind: string;
  target: string;
}

export const neverGot = 'it was left to a run that wanted it too and never got it, so it still stands';

/** @returns what waits for a person again because of those that are dropped; the caller writes it down */
export async function writeHolds(tx: Tx, tenant: TenantId, rows: readonly HoldRow[]): Promise<Reopened[]> {
  const drops = rows.filter((row) => row.state === 'dropped');
  const others = rows.filter((row) => row.state !== 'dropped');
  // Given first: what is wanted by now inherits from what is dropped.
  const keeping = others.length > 0 && tx.query(kept, [tenant, saidHold.pack(others)]);
  const [reopened] = await Promise.all([drops.length > 0 ? drop(tx, tenant, drops) : [], keeping]);
  return reopened;
}

async function drop(tx: Tx, tenant: TenantId, rows: readonly HoldRow[]): Promise<Reopened[]> {
  const said = saidHold.pack(rows);
  const [, { rows: reopened }] = await Promise.all([
    tx.query(lockDropped, [tenant, said]),
    tx.query<Reopened>(dropped, [tenant, said, neverGot]),
  ]);
  for (const { id } of reopened) await tx.query(undoneNoMore, [tenant, id]);
  return reopened;
}

/*
 * Of a new record x that found our own doing: whoever lets go last sends the inverse, and only the success that brought
 * it about was told how it was before. It comes from its record, or from one that has it from there.
 */
const inherited = `select case when cause.inverse->'told' is null then x.inverse else json_build_object('action', x.inverse->'action',
    'told', cause.inverse->'told', 'arguments', (
    select json_object_agg(key, value) from (
      select key, value from json_each(x.inverse->'arguments')
      union all
      select key, value from json_each(cause.inverse->'told') where x.inverse->'arguments'->key is null
    ) filled)) end
  from undo_records cause
  where cause.tenant_id = $1 and cause.target_kind = x.target_kind and cause.target_id = x.target_id
    and cause.effect = x.effect and cause.origin = 'ours' and cause.connection is not distinct from x.connection
    and cause.inverse->>'action' = x.inverse->>'action'
    and exists (select from holds h where h.tenant_id = $1 and h.effect = x.effect and h.target_kind = x.target_kind
      and h.target_id = x.target_id and h.origin = 'ours')
  order by cause.seq desc limit 1`;

/** Rows of `undo_records`: what a success left behind. */
const records = `
insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
  connection, target_kind, target_id, effect, origin, inverse, loop, lease_until, lease_warn_ms, lease_at_end,
  lease_warn_at, arguments, left_behind)
select $1, id, run_id, scope_path, step_path, step_name, generation, action, action_key, connection, target_kind,
  target_id, effect, origin, case when origin = 'ours' then inverse else coalesce((${inherited}), inverse) end,
  loop, to_timestamp(lease_until_ms / 1000.0), lease_warn_ms, lease_at_end,
  to_timestamp((lease_until_ms - lease_warn_ms) / 1000.0), arguments, left_behind
from unnest($2::new_undo_record[]) x`;

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
