import type { ArtifactId, TenantId } from '../../../../schemas/ids.ts';
import type { Json } from '../../../../schemas/json.ts';
import type { KeptApart } from '../../clean-outcome.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Tx } from '../sql.ts';
import { artifactBytesMax, lockArtifacts, roomOf } from './insert-artifact.ts';

/*
 * What the items of a loop gave, in list order, read from their rows, as the outputs of its step in one text.
 * In: tenant, run, loop, whether `collected` and `items` are wanted, the status of items that never began, the summary.
 */
const gathered = `
with gathered as (
  select
    case when $4 then coalesce(json_agg(s.result->'collected' order by s.idx), '[]') end as collected,
    case when $5 then coalesce(json_agg(json_build_object('key', s.item->'key', 'status',
      coalesce(s.result->>'status', $6), 'outputs', coalesce(s.result->'outputs', '{}')) order by s.idx), '[]')
      end as items
  from scopes s
  where s.tenant_id = $1 and s.run_id = $2 and s.parent = $3
),
written as (
  select *, convert_to(concat('{"summary":', $7::text, ',"collected":' || collected::text, ',"items":' || items::text, '}'),
    'utf8') as body
  from gathered
),
sized as (select *, octet_length(body) as bytes from written)`;

const small = `${gathered}
select bytes, case when bytes <= $8 then collected end as collected, case when bytes <= $8 then items end as items
from sized`;

// The text does not leave the database: it is up to 16 MiB, and this is the engine's transaction.
const large = `${gathered}
insert into artifacts (tenant_id, id, run_id, path, sha256, size, body)
select $1, $8, $2, $3, 'sha256:' || encode(sha256(body), 'hex'), bytes, body from sized
where bytes <= ${artifactBytesMax} and bytes <= ${roomOf}
returning id, sha256`;

export interface Gathered {
  /** Of the whole text. */
  bytes: number;
  collected: Json;
  items: Json;
}

export interface Wanted {
  collects: boolean;
  readsItems: boolean;
  unbegun: string;
  summary: Json;
}

/** @param bytesMax the size from which on nothing is sent */
export async function gatherResults(
  tx: Tx,
  tenant: TenantId,
  loop: ScopeName,
  wanted: Wanted,
  bytesMax: number,
): Promise<Gathered> {
  const { rows } = await tx.query<Gathered>(small, [...asked(tenant, loop, wanted), bytesMax]);
  return rows[0] ?? { bytes: 0, collected: [], items: [] };
}

/** Kept beside the step of the loop. @returns null when it is too large for that as well */
export async function keepGathered(
  tx: Tx,
  tenant: TenantId,
  loop: ScopeName,
  wanted: Wanted,
  id: ArtifactId,
): Promise<KeptApart | null> {
  await lockArtifacts(tx, tenant, loop.runId);
  const { rows } = await tx.query<KeptApart>(large, [...asked(tenant, loop, wanted), id]);
  return rows[0] ?? null;
}

function asked(
  tenant: TenantId,
  loop: ScopeName,
  { collects, readsItems, unbegun, summary }: Wanted,
): unknown[] {
  return [tenant, loop.runId, loop.path, collects, readsItems, unbegun, JSON.stringify(summary)];
}
