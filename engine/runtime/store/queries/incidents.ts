import type { IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { IncidentFacts } from '../../../core/intake/build-incident-signal.ts';
import { insideTransaction } from '../run-transaction.ts';
import type { Tx } from '../sql.ts';
import { expectNoneWent, GoneNamed, isNotGone } from './gone-names.ts';
import { newIncident } from './row-types.ts';

export interface NewIncident {
  id: IncidentId;
  source: string;
  sourceId: string;
  title: string;
  severity: string;
}

/** Whoever sends an alert chooses both, with any characters. */
export function incidentKey({ source, sourceId }: Pick<NewIncident, 'source' | 'sourceId'>): string {
  return JSON.stringify([source, sourceId]);
}

/** What an alert did to the incident it belongs to. */
export interface Linked {
  id: IncidentId;
  created: boolean;
}

const given = 'from unnest($2::new_incident[]) as x';

/* In one order for everybody, like the alerts. */
const create = `
insert into incidents (tenant_id, id, source, source_id, title, severity)
select $1, id, source, source_id, title, severity ${given} where ${insideTransaction} and ${isNotGone('incident', 'x')}
order by source, source_id
on conflict (tenant_id, source, source_id) do nothing
returning id`;

/*
 * Severity only rises: a late, milder alert does not make an incident harmless. It is no
 * `incident.updated`: that would repeat an old verdict to whoever waits for a new one, and a host
 * that was just isolated would be given back because of last week's false positive.
 */
const raise = `
update incidents i set severity = milder.severity, version = version + 1, updated_at = clock_timestamp()
from (
  select i.id, x.severity ${given}
  join incidents i on i.tenant_id = $1 and i.source = x.source and i.source_id = x.source_id
  where ${insideTransaction} and array_position(array['informational', 'low', 'medium', 'high', 'critical'], x.severity)
    > array_position(array['informational', 'low', 'medium', 'high', 'critical'], i.severity)
  order by i.source, i.source_id
  for update of i
) milder
where i.tenant_id = $1 and i.id = milder.id`;

const linked = `
select i.source, i.source_id as "sourceId", i.id ${given}
join incidents i on i.tenant_id = $1 and i.source = x.source and i.source_id = x.source_id`;

/**
 * The incidents of these source ids, each made when it is new and raised when it was milder. In one turn.
 * @param incidents each source id once
 * @returns in their order
 * @throws GoneNamed when one of them went by retention and was not given its id again
 */
export async function linkIncidents(
  tx: Tx,
  tenant: TenantId,
  incidents: readonly NewIncident[],
): Promise<Linked[]> {
  if (incidents.length === 0) return [];
  const rows = incidents.map((each) => ({ ...each, source_id: each.sourceId }));
  const values = [tenant, newIncident.pack(rows)];
  const [made, , found] = await Promise.all([
    tx.query<{ id: IncidentId }>(create, values),
    tx.query(raise, values),
    tx.query<{ source: string; sourceId: string; id: IncidentId }>(linked, values),
    expectNoneWent(
      tx,
      tenant,
      'incidents',
      incidents.map(({ id }) => id),
    ),
  ]);
  const created = new Set(made.rows.map(({ id }) => id));
  const ids = new Map(found.rows.map((row) => [incidentKey(row), row.id]));
  return incidents.map((incident) => {
    const id = ids.get(incidentKey(incident));
    // It went by retention, before this batch or just now.
    if (id === undefined) throw new GoneNamed();
    return { id, created: created.has(id) };
  });
}

export interface StoredIncident extends IncidentFacts {
  id: IncidentId;
  version: number;
}

const lock = `
select id, source, source_id as "sourceId", title, severity, status, classification, coalesce(owner, '') as owner,
  created_at as "createdAt", version
from incidents where tenant_id = $1 and id = any($2)
order by id
for update`;

/** Locked for this transaction, in the order of their ids. */
export async function lockIncidents(
  tx: Tx,
  tenant: TenantId,
  ids: readonly string[],
): Promise<StoredIncident[]> {
  const { rows } = await tx.query<Omit<StoredIncident, 'createdAtMs'> & { createdAt: Date }>(lock, [
    tenant,
    ids,
  ]);
  return rows.map(({ createdAt, ...facts }) => ({ ...facts, createdAtMs: createdAt.getTime() }));
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
select incident.id, a.alert from unnest($2::text[]) as incident (id)
cross join lateral (
  select alert, received_at, id from alerts where tenant_id = $1 and incident_id = incident.id
  order by received_at, id limit 1000
) a
order by incident.id, a.received_at, a.id`;

/** By incident. */
export async function alertsOf(
  tx: Tx,
  tenant: TenantId,
  ids: readonly IncidentId[],
): Promise<Map<IncidentId, JsonObject[]>> {
  const { rows } = await tx.query<{ id: IncidentId; alert: JsonObject }>(alerts, [tenant, ids]);
  const byIncident = Map.groupBy(rows, (row) => row.id);
  return new Map([...byIncident].map(([id, each]) => [id, each.map((row) => row.alert)]));
}

const ownRuns = `
select string_agg(distinct playbook_id, ',') as mark, max(chain) as chain from runs where tenant_id = $1 and id = any($2)`;

/** Whose doing a change is, and how long a chain of runs led to it. */
export interface Doing {
  mark: string | null;
  chain: number;
}

/** Somebody else's unless runs left their marks; of several runs the longest chain counts. */
export async function doingOf(tx: Tx, tenant: TenantId, runIds: readonly string[]): Promise<Doing> {
  const foreign = { mark: null, chain: 0 };
  if (runIds.length === 0) return foreign;
  const { rows } = await tx.query<{ mark: string | null; chain: number | null }>(ownRuns, [tenant, runIds]);
  const { mark = null, chain = null } = rows[0] ?? {};
  return mark === null || chain === null ? foreign : { mark, chain: chain + 1 };
}
