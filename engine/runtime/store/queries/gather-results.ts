import type { TenantId } from '../../../../schemas/ids.ts';
import type { Json } from '../../../../schemas/json.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Tx } from '../sql.ts';

/*
 * What the items of a loop gave, in list order, read from their rows.
 * In: tenant, run, loop, whether `collected` and `items` are wanted, the status of items that never
 * began, the size from which on nothing is sent.
 */
const text = `
with gathered as (
  select
    case when $4 then coalesce(json_agg(s.result->'collected' order by s.idx), '[]') end as collected,
    case when $5 then coalesce(json_agg(json_build_object('key', s.item->'key', 'status',
      coalesce(s.result->>'status', $6), 'outputs', coalesce(s.result->'outputs', '{}')) order by s.idx), '[]')
      end as items
  from scopes s
  where s.tenant_id = $1 and s.run_id = $2 and s.parent = $3
),
sized as (
  select *, coalesce(octet_length(collected::text), 0) + coalesce(octet_length(items::text), 0) as bytes from gathered
)
select bytes, case when bytes <= $7 then collected end as collected, case when bytes <= $7 then items end as items
from sized`;

export interface Gathered {
  bytes: number;
  collected: Json;
  items: Json;
}

export async function gatherResults(
  tx: Tx,
  tenant: TenantId,
  loop: ScopeName,
  wanted: { collects: boolean; readsItems: boolean; unbegun: string; bytesMax: number },
): Promise<Gathered> {
  const { rows } = await tx.query<Gathered>(text, [
    tenant,
    loop.runId,
    loop.path,
    wanted.collects,
    wanted.readsItems,
    wanted.unbegun,
    wanted.bytesMax,
  ]);
  return rows[0] ?? { bytes: 0, collected: [], items: [] };
}
