import { createHash } from 'node:crypto';
import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { Json } from '../../../../schemas/json.ts';
import type { Sql, Tx } from '../sql.ts';

/*
 * What sources called the alerts and incidents that retention let go of (decision record 0040). What is stored in a
 * batch is only held against these names; an alert that is found among them is stored alone, with what they say of it.
 */

/** Something of a batch has a name that retention remembers. Nothing of the batch is written. */
export class GoneNamed extends Error {
  constructor() {
    super('an alert or incident is one that went by retention');
    this.name = 'GoneNamed';
  }
}

/** A condition on a new row: its name is not that of another one that went. */
export function isNotGone(kind: 'alert' | 'incident', row: string): string {
  return `not exists (select from gone_names g where g.tenant_id = $1 and g.kind = '${kind}' and g.source = ${row}.source
    and g.source_id = ${row}.source_id and g.id <> ${row}.id)`;
}

/*
 * Whoever waited for the deletion of a row of its name has inserted a new one, and could not see then what was
 * remembered with the deletion. In: tenant, ids of new rows.
 */
const tookAName = (table: 'alerts' | 'incidents', kind: string): string => `
select 1 from ${table} x join gone_names g on g.tenant_id = x.tenant_id and g.kind = '${kind}' and g.source = x.source
  and g.source_id = x.source_id and g.id <> x.id
where x.tenant_id = $1 and x.id = any($2) limit 1`;

const taken = { alerts: tookAName('alerts', 'alert'), incidents: tookAName('incidents', 'incident') };

/** Given behind the statement that inserted them, in its turn. @throws GoneNamed */
export async function expectNoneWent(
  tx: Tx,
  tenant: TenantId,
  table: 'alerts' | 'incidents',
  ids: readonly string[],
): Promise<void> {
  if ((await tx.query(taken[table], [tenant, ids])).rowCount > 0) throw new GoneNamed();
}

export interface GoneAlert {
  id: AlertId;
  /** Of what it said last, as `alertDigest` tells it. */
  digest: Buffer;
}

const alert = `
select g.id, g.digest from gone_names g
where g.tenant_id = $1 and g.kind = 'alert' and g.source = $2 and g.source_id = $3
  and not exists (select from alerts a where a.tenant_id = g.tenant_id and a.source = g.source and a.source_id = g.source_id)`;

/** Null: none of this name went, or it came again since. */
export async function findGoneAlert(
  sql: Sql,
  tenant: TenantId,
  { source, source_id }: { source: string; source_id: string },
): Promise<GoneAlert | null> {
  return (await sql.query<GoneAlert>(alert, [tenant, source, source_id])).rows[0] ?? null;
}

const incident = `
select id from gone_names where tenant_id = $1 and kind = 'incident' and source = $2 and source_id = $3`;

export async function findGoneIncident(
  sql: Sql,
  tenant: TenantId,
  source: string,
  sourceId: string,
): Promise<IncidentId | null> {
  return (await sql.query<{ id: IncidentId }>(incident, [tenant, source, sourceId])).rows[0]?.id ?? null;
}

/** As `delete_family` computes it from the row: of the bytes that were stored. */
export function alertDigest(alert: object, raw: Json): Buffer {
  return createHash('sha256')
    .update(`${JSON.stringify(alert)}\n${raw === null ? 'null' : JSON.stringify(raw)}`)
    .digest();
}
