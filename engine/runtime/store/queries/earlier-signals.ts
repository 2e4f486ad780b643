import type { TenantId } from '../../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import { canonicalTarget } from '../../../core/guard/canonical-target.ts';
import { alertEvent } from '../../../core/intake/alert-event.ts';
import { boundKey } from '../../../core/intake/bound-key.ts';
import { indexedTargets, isIndexedKey } from '../../../core/run/indexed-keys.ts';
import { signalValues } from '../../../core/run/signal-values.ts';
import type { Tx } from '../sql.ts';
import type { Subscription } from './subscribe.ts';

/*
 * What a wait would have been told during the last minutes, so that a fast answer is not lost (language reference
 * 9.5, wait). In a storm that is hundreds of thousands of alerts: they come page by page until somebody has heard
 * enough, and those of an incident or a target are found by an index.
 */

export interface EarlierSignal {
  id: string;
  data: JsonObject;
}

/** An alert with what its source sent may be a megabyte. */
const pageSize = 100;

/** Oldest first; with a key only those that have its value. */
export async function* earlierSignals(
  tx: Tx,
  tenant: TenantId,
  { type, key, sinceMs }: Pick<Subscription, 'type' | 'key'> & { sinceMs: number | null },
): AsyncGenerator<EarlierSignal> {
  const { query, values } = type === 'alert.created' ? alertsBy(key) : signalsBy(type, key, sinceMs !== null);
  const since = sinceMs === null ? null : new Date(sinceMs).toISOString();
  for (let after: [string, string] = ['-infinity', '']; ; ) {
    const { rows } = await tx.query<Row>(query, [tenant, ...after, since, ...values]);
    for (const row of rows) {
      const data = 'data' in row ? row.data : alertEvent(row.id, { ...row.alert, raw: row.raw }).signal;
      if (fits(data, key)) yield { id: row.id, data };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = [last.at, last.id];
  }
}

type Row = { id: string; at: string } & ({ data: JsonObject } | { alert: JsonObject; raw: Json });

function fits(data: JsonObject, key: Subscription['key']): boolean {
  return key === null || signalValues(data, key.path).includes(boundKey(key.value));
}

/**
 * What the text of a signal holds if it has the key: much quicker looked for than values in parsed JSON. What is
 * found elsewhere in it does not fit.
 */
function textOf(key: Subscription['key']): string | null {
  return key === null ? null : JSON.stringify(key.value);
}

/** Ten minutes, or more. */
const since = `(select least(clock_timestamp() - interval '10 minutes', $4::timestamptz))`;

const signals = `
select s.id, s.at::text as at, s.data from signals s
where s.tenant_id = $1 and s.type = $5 and s.at > ${since} and (s.at, s.id) > ($2::timestamptz, $3)`;
const signalsInOrder = `order by s.at, s.id limit ${pageSize}`;

const allSignals = `${signals} and ($6::text is null or strpos(s.data::text, $6) > 0) ${signalsInOrder}`;

/** Each says all there is to say of its incident, so that only the last of them is still true. */
const signalsOfIncident = `
with found as materialized (
  select distinct on (i.id) b.id from incidents i
  join signals b on b.tenant_id = $1 and b.incident_id = i.id and b.type = $5
  where i.tenant_id = $1 and i.source_id = $6 and b.at > ${since}
  order by i.id, b.at desc, b.id desc
) ${signals} and s.id in (select id from found) ${signalsInOrder}`;

/** @param far what came in ten minutes is quickly read, what came in days is not */
function signalsBy(type: Subscription['type'], key: Subscription['key'], far: boolean) {
  return far && key !== null && isIndexedKey(type, key.path)
    ? { query: signalsOfIncident, values: [type, key.value] }
    : { query: allSignals, values: [type, textOf(key)] };
}

/** Those that are not matched yet are delivered when they are (see deliver-signal.ts). */
const alerts = `
select a.id, a.received_at::text as at, a.alert, a.raw from alerts a
where a.tenant_id = $1 and a.state = 'matched' and a.received_at > ${since}
  and (a.received_at, a.id) > ($2::timestamptz, $3)`;
const inOrder = `order by a.received_at, a.id limit ${pageSize}`;

const allAlerts = `${alerts}
  and ($5::text is null or strpos(a.alert::text, $5) > 0 or strpos(a.raw::text, $5) > 0) ${inOrder}`;

// Found first: beside an order and a limit the planner would rather walk through everything.
const alertsOfIncident = `
with found as materialized (
  select b.id from incidents i join alerts b on b.tenant_id = $1 and b.incident_id = i.id
  where i.tenant_id = $1 and i.source_id = $5 and b.received_at > ${since}
) ${alerts} and a.id in (select id from found) ${inOrder}`;

const alertsOfTarget = `
with found as materialized (
  select t.alert_id from alert_targets t where t.tenant_id = $1 and t.kind = $5 and t.target_id = $6
) ${alerts} and a.id in (select alert_id from found) ${inOrder}`;

function alertsBy(key: Subscription['key']): { query: string; values: unknown[] } {
  if (key !== null && key.path === 'alert.incident.id' && key.value !== '')
    return { query: alertsOfIncident, values: [key.value] };
  const kind = key === null ? undefined : indexedTargets[key.path];
  if (key !== null && kind !== undefined)
    return { query: alertsOfTarget, values: [kind, boundKey(canonicalTarget(kind, key.value))] };
  return { query: allAlerts, values: [textOf(key?.path.startsWith('alert.') ? key : null)] };
}
