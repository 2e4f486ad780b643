import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { PlanAction } from '../contracts/plan.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { referencesOf } from '../expression/references.ts';
import { objectOf } from '../intake/read-vendor.ts';

/*
 * Incident ids are the sources' own, and two sources may both have a 42 (decision record 0034). Decides whose
 * is meant where a wait names an id without its source.
 */

/** An incident as its source knows it. */
export interface SourceIncident {
  source: string;
  id: string;
}

/** The incident of what starts a run; null when it names none. */
export function incidentOf(alert: JsonObject | null): SourceIncident | null {
  if (alert === null) return null;
  const { id } = objectOf(alert.incident);
  const { source } = alert;
  return typeof source === 'string' && typeof id === 'string' && id !== '' ? { source, id } : null;
}

/**
 * Arguments that name the run's own incident say whose it is, where the action asks for that and the playbook does not
 * say: another source may have an incident of this id.
 */
export function withOwnSource(
  values: JsonObject,
  target: PlanAction['target'],
  own: SourceIncident | null,
): JsonObject {
  if (target?.source === undefined || own === null) return values;
  if (values[target.source] !== undefined || values[target.argument] !== own.id) return values;
  return { ...values, [target.source]: own.source };
}

/** Where signals have an id and its source. */
const places = [
  { id: ['incident', 'id'], source: ['incident', 'source'], in: ({ incident }: JsonObject) => incident },
  {
    id: ['alert', 'incident', 'id'],
    source: ['alert', 'source'],
    in: ({ alert }: JsonObject) =>
      isJsonObject(alert) ? { source: alert.source ?? null, id: objectOf(alert.incident).id ?? null } : null,
  },
];

/**
 * Whether `match` means the run's own incident and the signal is of another source's with the same id. In a case a
 * signal may come without a source: then it is the run's own.
 */
export function isOfNamesake(match: string, own: SourceIncident | null, signal: JsonObject): boolean {
  if (own === null) return false;
  return places.some((place) => {
    const { source, id } = objectOf(place.in(signal));
    const isOther = id === own.id && typeof source === 'string' && source !== own.source;
    return isOther && reads(match, place.id) && !reads(match, place.source);
  });
}

function reads(match: string, path: readonly string[]): boolean {
  const syntax = parseSyntax(match);
  if (!syntax.ok) return false;
  return referencesOf(syntax.parsed.ast).some(
    (reference) => reference.root === 'signal' && path.every((key, index) => reference.path[index] === key),
  );
}
