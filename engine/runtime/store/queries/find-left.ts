import type { TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { Sql } from '../sql.ts';

/** The success that an inverse takes back: whom to ask, with what, and what the answer is compared with. */
export interface LeftView {
  action: string;
  /** Of the action, when it was done. */
  version: string;
  actionKey: string;
  connection: string;
  arguments: JsonObject;
  /** Its own first, then what our other successes of this effect left on the target, the newest first. */
  left: JsonObject[];
}

/** More than this nobody contains one target at a time; what is older was replaced by what is newer. */
const othersMax = 50;

/*
 * In: tenant, run and path of the scope that takes a record back. Out: nothing for a record of which
 * nobody saw what it left.
 */
const text = `
select u.action, (select a.action_version from attempts a where a.tenant_id = $1 and a.run_id = u.run_id
    and a.step_path = u.step_path and a.action_key = u.action_key limit 1) as version, u.action_key as "actionKey", u.connection, u.arguments, u.left_behind as own,
  array(select o.left_behind from undo_records o
    where o.tenant_id = $1 and o.target_kind = u.target_kind and o.target_id = u.target_id and o.effect = u.effect
      and o.id <> u.id and o.left_behind is not null
    order by o.seq desc limit ${othersMax}) as others
from scopes s join undo_records u on u.tenant_id = $1 and u.id = s.item->'value'->>'id'
where s.tenant_id = $1 and s.run_id = $2 and s.path = $3 and s.kind = 'undo'
  and u.left_behind is not null and u.arguments is not null`;

export async function findLeft(
  sql: Sql,
  tenant: TenantId,
  scope: { runId: string; path: string },
): Promise<LeftView | null> {
  const { rows } = await sql.query<Omit<LeftView, 'left'> & { own: JsonObject; others: JsonObject[] }>(text, [
    tenant,
    scope.runId,
    scope.path,
  ]);
  const [row] = rows;
  if (row === undefined) return null;
  const { own, others, ...view } = row;
  return { ...view, left: [own, ...others] };
}
