import type { TenantId } from '../../../../schemas/ids.ts';
import type { Tx } from '../sql.ts';

/*
 * In: tenant, the account's spelling as a target, and its user principal name if the run knows one.
 * Out: every tag that the last look-up told under any name of this account, in whatever directory.
 */
const text = `
with named as (
  select $2::text as name union select lower($3::text) where $3::text is not null
  union select lower(facts->>'upn') from target_facts
  where tenant_id = $1 and kind = 'user' and target_id = $2 and facts->>'upn' is not null
),
told as (
  select f.facts from named n join target_facts f on f.tenant_id = $1 and f.kind = 'user' and f.target_id = n.name
  union all
  select f.facts from named n join target_facts f
    on f.tenant_id = $1 and f.kind = 'user' and lower(f.facts->>'upn') = n.name
)
select distinct tag from told,
  json_array_elements_text(case json_typeof(facts->'tags') when 'array' then facts->'tags' else '[]' end) as tag
order by tag`;

export async function tagsOfAccount(
  tx: Tx,
  tenant: TenantId,
  target: string,
  upn: string | null,
): Promise<string[]> {
  return (await tx.query<{ tag: string }>(text, [tenant, target, upn])).rows.map(({ tag }) => tag);
}
