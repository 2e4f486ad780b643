import type { TenantId } from '../../../../schemas/ids.ts';
import type { Guardrails } from '../../../core/guard/guardrails.ts';
import type { Sql, Tx } from '../sql.ts';

export interface GuardrailsVersion {
  version: number;
  digest: string;
  source: string;
  proposedBy: string;
  proposedAt: Date;
  confirmedBy: string | null;
  inForceAt: Date | null;
}

const chosen = (column: 'version' | 'proposal') => `
select v.version, v.digest, v.source, v.proposed_by as "proposedBy", v.proposed_at as "proposedAt",
  v.confirmed_by as "confirmedBy", v.in_force_at as "inForceAt"
from guardrails_in_force f join guardrails_versions v on v.tenant_id = f.tenant_id and v.version = f.${column}
where f.tenant_id = $1`;

/** The file in force and the one that waits for a second person. */
export async function readGuardrails(
  sql: Sql,
  tenant: TenantId,
): Promise<{ current: GuardrailsVersion | null; proposal: GuardrailsVersion | null }> {
  const current = (await sql.query<GuardrailsVersion>(chosen('version'), [tenant])).rows[0] ?? null;
  const proposal = (await sql.query<GuardrailsVersion>(chosen('proposal'), [tenant])).rows[0] ?? null;
  return { current, proposal };
}

/** Share-locked like the stops: no dispatch can commit under a version that was replaced before. */
const shared = 'select version from guardrails_in_force where tenant_id = $1 for share';

export async function versionInForce(tx: Tx, tenant: TenantId): Promise<number | null> {
  return (await tx.query<{ version: number | null }>(shared, [tenant])).rows[0]?.version ?? null;
}

/** Without a lock: for what is judged again later. */
export async function versionNow(sql: Sql, tenant: TenantId): Promise<number | null> {
  const text = 'select version from guardrails_in_force where tenant_id = $1';
  return (await sql.query<{ version: number | null }>(text, [tenant])).rows[0]?.version ?? null;
}

export async function loadGuardrails(
  sql: Sql,
  tenant: TenantId,
  version: number,
): Promise<Guardrails | null> {
  const { rows } = await sql.query<{ guardrails: Guardrails }>(
    'select guardrails from guardrails_versions where tenant_id = $1 and version = $2',
    [tenant, version],
  );
  return rows[0]?.guardrails ?? null;
}

/** How many targets of a kind some look-up has read within a time. */
export async function countKnown(
  sql: Sql,
  tenant: TenantId,
  kind: string,
  withinMs: number,
): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count from target_facts
     where tenant_id = $1 and kind = $2 and read_at > (select clock_timestamp()) - make_interval(secs => $3 / 1000.0)`,
    [tenant, kind, withinMs],
  );
  return rows[0]?.count ?? 0;
}
