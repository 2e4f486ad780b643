import type { TenantId } from '../../../../schemas/ids.ts';
import { keepOut, type RoleLeft } from '../../../core/guard/last-administrators.ts';
import type { Tx } from '../sql.ts';

/*
 * In: tenant, the account's spelling as a target, its roles if this run knows them better than the table,
 * its object id likewise, accounts that this very transaction keeps from signing in, effects that do, and its user
 * principal name if the run knows one.
 * Out: per role of the account, how many others hold it and can sign in. Accounts are counted by their object
 * id, because one that was looked up under two spellings is one person. A directory on premises has other object ids
 * and knows login names that the cloud does not: there the user principal name leads from one to the other.
 */
const text = `
with named as (
  select $2::text as name union select lower($7::text) where $7::text is not null
  union select lower(facts->>'upn') from target_facts
  where tenant_id = $1 and kind = 'user' and target_id = $2 and facts->>'upn' is not null
),
looked_up as (
  select facts from target_facts where tenant_id = $1 and kind = 'user' and (target_id = $2 or facts->>'object_id' = $2)
  union all
  select f.facts from named n join target_facts f
    on f.tenant_id = $1 and f.kind = 'user' and lower(f.facts->>'upn') = n.name
),
mine as (
  select coalesce($4::text, (select min(facts->>'object_id') from looked_up), $2) as id
),
roles as (
  select distinct role from unnest(coalesce($3::text[], array(
    select json_array_elements_text(facts->'roles') from looked_up where json_typeof(facts->'roles') = 'array'))) as role
),
known as (
  select distinct on (coalesce(facts->>'object_id', target_id)) coalesce(facts->>'object_id', target_id) as id, facts
  from target_facts
  where tenant_id = $1 and kind = 'user' and json_typeof(facts->'roles') = 'array'
  order by coalesce(facts->>'object_id', target_id), read_at desc
),
blocked as (
  select coalesce(f.facts->>'object_id', t.target_id) as id
  from (select target_id from holds where tenant_id = $1 and effect = any($6) and target_kind = 'user'
    -- Nothing tells what is left of an account of which something was destroyed.
    union select target_id from attempts where tenant_id = $1 and class = 'eradicate' and purpose = 'perform'
      and target_kind = 'user' and state <> 'revoked' and created_at > clock_timestamp() - interval '30 days'
      and outcome->>'kind' is distinct from 'failed'
    union select unnest($5::text[])) t
  left join target_facts n on n.tenant_id = $1 and n.kind = 'user' and n.target_id = t.target_id
  left join target_facts f on f.tenant_id = $1 and f.kind = 'user'
    and (f.target_id = t.target_id or lower(f.facts->>'upn') = t.target_id
      or lower(f.facts->>'upn') = lower(n.facts->>'upn'))
)
select r.role, (
  select count(*)::int from known k, mine m
  where k.facts->>'enabled' = 'true' and k.id <> m.id
    and exists (select 1 from json_array_elements_text(k.facts->'roles') as has where has = r.role)
    and not exists (select 1 from blocked b where b.id = k.id)
) as others
from roles r order by r.role`;

export interface Administrator {
  target: string;
  /** Null: not looked up by this run. */
  roles: string[] | null;
  objectId: string | null;
  /** Null: not known to this run. */
  upn: string | null;
  /** Accounts that this transaction keeps from signing in. */
  blocking: string[];
}

/** One after the other: two who would be disabled in the same instant see each other. */
export async function rolesLeft(tx: Tx, tenant: TenantId, account: Administrator): Promise<RoleLeft[]> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1::text || '/administrators', 0))`, [
    tenant,
  ]);
  const { target, roles, objectId, blocking, upn } = account;
  return (await tx.query<RoleLeft>(text, [tenant, target, roles, objectId, blocking, keepOut, upn])).rows;
}
