import type { TenantId } from '../../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import type { Sql } from '../sql.ts';

/* Alerts by the time at which they arrived: by index, page after page, however many are stored. */

/** With the database's microseconds: a JavaScript date would round and repeat rows. */
export interface AlertPlace {
  at: string;
  id: string;
}

export interface AlertWindow {
  since: string;
  until: string;
}

const placeText = `to_char(received_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/* In: tenant, window, how many. Out: the newest alert that is one too many. */
export const beyondText = `
select ${placeText} as at, id from alerts
where tenant_id = $1 and received_at >= $2::timestamptz and received_at < $3::timestamptz
order by received_at desc, id desc
offset $4 limit 1`;

/** After which alert the newest `most` of a window begin; null: the window has no more. */
export async function placeBefore(
  sql: Sql,
  tenant: TenantId,
  { since, until }: AlertWindow,
  most: number,
): Promise<AlertPlace | null> {
  return (await sql.query<AlertPlace>(beyondText, [tenant, since, until, most])).rows[0] ?? null;
}

export const countText = `
select count(*)::int as count from (
  select from alerts
  where tenant_id = $1 and received_at >= $2::timestamptz and received_at < $3::timestamptz
  order by received_at desc, id desc
  limit $4
) counted`;

/** Up to `most`. */
export async function countAlerts(
  sql: Sql,
  tenant: TenantId,
  { since, until }: AlertWindow,
  most: number,
): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(countText, [tenant, since, until, most]);
  return rows[0]?.count ?? 0;
}

/* In: tenant, after which, until when, whether the originals are wanted, how many. The oldest first. */
export const pageText = `
select id, title, alert, case when $5 then raw end as raw, received_at as "receivedAt", ${placeText} as at,
  updated_at > received_at + interval '10 milliseconds' as changed
from alerts
where tenant_id = $1 and received_at < $4::timestamptz and (received_at, id) > ($2::timestamptz, $3)
order by received_at, id
limit $6`;

export interface StoredAlertRow extends AlertPlace {
  title: string;
  alert: JsonObject;
  raw: Json;
  receivedAt: Date;
  /** Its source has said something else of it since. */
  changed: boolean;
}

export async function alertsAfter(
  sql: Sql,
  tenant: TenantId,
  after: AlertPlace,
  how: { until: string; raw: boolean; most: number },
): Promise<StoredAlertRow[]> {
  const values = [tenant, after.at, after.id, how.until, how.raw, how.most];
  return (await sql.query<StoredAlertRow>(pageText, values)).rows;
}
