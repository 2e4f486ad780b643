import type { IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { IncidentFacts } from '../../../core/intake/build-incident-signal.ts';
import type { Tx } from '../sql.ts';

export interface NewIncident {
  id: IncidentId;
  source: string;
  sourceId: string;
  title: string;
  severity: string;
}

/** What an alert did to the incident it belongs to. */
export interface Linked {
  id: IncidentId;
  created: boolean;
}

const create = `
insert into incidents (tenant_id, id, source, source_id, title, severity)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, source, source_id) do nothing`;

/*
 * Severity only rises: a late, milder alert does not make an incident harmless. It is no
 * `incident.updated`: that would repeat an old verdict to whoever waits for a new one, and a host
 * that was just isolated would be given back because of last week's false positive.
 */
const raise = `
update incidents set severity = $4, version = version + 1, updated_at = clock_timestamp()
where tenant_id = $1 and source = $2 and source_id = $3
  and array_position(array['informational', 'low', 'medium', 'high', 'critical'], $4)
    > array_position(array['informational', 'low', 'medium', 'high', 'critical'], severity)`;

/** The incident of this source id, made when it is new. */
export async function linkIncident(tx: Tx, tenant: TenantId, incident: NewIncident): Promise<Linked> {
  const { id, source, sourceId, title, severity } = incident;
  const created = await tx.query(create, [tenant, id, source, sourceId, title, severity]);
  if (created.rowCount === 1) return { id, created: true };
  await tx.query(raise, [tenant, source, sourceId, severity]);
  const { rows } = await tx.query<{ id: IncidentId }>(
    'select id from incidents where tenant_id = $1 and source = $2 and source_id = $3',
    [tenant, source, sourceId],
  );
  return { id: rows[0]?.id ?? id, created: false };
}

export interface StoredIncident extends IncidentFacts {
  id: IncidentId;
  version: number;
}

const lock = `
select id, source, source_id as "sourceId", title, severity, status, classification, coalesce(owner, '') as owner,
  created_at as "createdAt", version
from incidents where tenant_id = $1 and id = $2
for update`;

/** Locked for this transaction; null when there is none. */
export async function lockIncident(tx: Tx, tenant: TenantId, id: string): Promise<StoredIncident | null> {
  const { rows } = await tx.query<Omit<StoredIncident, 'createdAtMs'> & { createdAt: Date }>(lock, [
    tenant,
    id,
  ]);
  const [row] = rows;
  if (row === undefined) return null;
  const { createdAt, ...facts } = row;
  return { ...facts, createdAtMs: createdAt.getTime() };
}

const change = `
update incidents set status = $3, classification = $4, owner = nullif($5, ''), version = version + 1,
  updated_at = clock_timestamp()
where tenant_id = $1 and id = $2`;

export async function writeIncident(
  tx: Tx,
  tenant: TenantId,
  id: IncidentId,
  next: { status: string; classification: string; owner: string },
): Promise<void> {
  await tx.query(change, [tenant, id, next.status, next.classification, next.owner]);
}

/* As many as anybody acts on; the targets of more are a campaign. */
const alerts = `
select alert from alerts where tenant_id = $1 and incident_id = $2 order by received_at, id limit 1000`;

export async function alertsOf(tx: Tx, tenant: TenantId, id: IncidentId): Promise<JsonObject[]> {
  return (await tx.query<{ alert: JsonObject }>(alerts, [tenant, id])).rows.map((row) => row.alert);
}

const ownRuns = `
select playbook_id as "playbookId", chain from runs where tenant_id = $1 and id = any($2)
order by chain desc, created_at desc
limit 1`;

/** Whose doing a change is, and how long a chain of runs led to it. */
export interface Doing {
  mark: string | null;
  chain: number;
}

/** Somebody else's unless runs left their marks; of several runs the one at the end of the longest chain. */
export async function doingOf(tx: Tx, tenant: TenantId, runIds: readonly string[]): Promise<Doing> {
  const foreign = { mark: null, chain: 0 };
  if (runIds.length === 0) return foreign;
  const { rows } = await tx.query<{ playbookId: string; chain: number }>(ownRuns, [tenant, runIds]);
  const [run] = rows;
  return run === undefined ? foreign : { mark: run.playbookId, chain: run.chain + 1 };
}
