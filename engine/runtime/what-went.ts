import type { IncidentId } from '../../schemas/ids.ts';
import type { AlertToStore } from './alert-to-store.ts';
import type { EngineParts } from './engine-parts.ts';
import {
  alertDigest,
  findGoneAlert,
  findGoneIncident,
  type GoneAlert,
  GoneNamed,
} from './store/queries/gone-names.ts';
import { sqlState } from './store/sql-state.ts';

/* An alert comes that retention has let go of, or whose incident it has (decision record 0040). */

/** What is remembered of a single alert. */
export interface Gone {
  alert: GoneAlert | null;
  incident: IncidentId | null;
}

export const nothingGone: Gone = { alert: null, incident: null };

/** Whether alerts could not be stored because of that. 23503: the incident went at that very moment. */
export function hasGone(error: unknown): boolean {
  return error instanceof GoneNamed || sqlState(error) === '23503';
}

export async function whatWent(
  { database, tenant }: EngineParts,
  { normalized: { alert } }: AlertToStore,
): Promise<Gone> {
  return {
    alert: await findGoneAlert(database, tenant, alert),
    incident: await findGoneIncident(database, tenant, alert.source, alert.incident.id),
  };
}

export function saysTheSame({ normalized }: AlertToStore, { id, digest }: GoneAlert): boolean {
  const { raw = null, ...alert } = { ...normalized.alert, id };
  return alertDigest(alert, raw).equals(digest);
}
