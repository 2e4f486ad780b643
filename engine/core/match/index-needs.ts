import { isJsonObject, type Json } from '../../../schemas/json.ts';
import type { IndexedNeed, PlanTrigger, TriggerType } from '../contracts/plan.ts';
import type { EventType, IncomingEvent } from '../intake/incoming-event.ts';

/*
 * Which triggers an event could start, without trying them: each trigger stands in the index under
 * the need that narrows most. Only paths are used whose value every event of the type has, as a
 * text: with a value that may be missing, the index would hide an expression that fails, and that
 * has to be seen.
 */

const ofAlerts = ['alert.category', 'alert.source', 'alert.verdict', 'alert.severity'] as const;
const ofIncidents = [
  'alert.incident.classification',
  'alert.incident.status',
  'alert.source',
  'alert.severity',
] as const;

/** Best first. */
const pathsOf: Readonly<Record<EventType, readonly string[]>> = {
  'alert.created': ofAlerts,
  'alert.updated': ofAlerts,
  'incident.created': ofIncidents,
  'incident.updated': ofIncidents,
  'run.failed': ['alert.raw.run.playbook', 'alert.raw.run.state'],
  webhook: [],
};

/** The one need a trigger is filed under; null: it has to be tried on every event of its type. */
export function filedUnder(trigger: Pick<PlanTrigger, 'type' | 'needs'>): IndexedNeed | null {
  for (const path of indexedPaths(trigger.type)) {
    const need = trigger.needs.find((each) => each.path === path && each.values.length > 0);
    if (need !== undefined) return need;
  }
  return null;
}

function indexedPaths(type: TriggerType): readonly string[] {
  return type === 'schedule' || type === 'manual' ? [] : pathsOf[type];
}

/** Path and value under which an event's triggers are filed. */
export function lookUps(event: Pick<IncomingEvent, 'type' | 'alert'>): { path: string; value: string }[] {
  return pathsOf[event.type].flatMap((path) => {
    const value = valueAt(event, path);
    return typeof value === 'string' ? [{ path, value }] : [];
  });
}

/** The first need of a trigger that an event does not meet. */
export function unmetNeed(
  trigger: Pick<PlanTrigger, 'needs'>,
  event: Pick<IncomingEvent, 'alert'>,
): { need: IndexedNeed; value: Json | undefined } | null {
  for (const need of trigger.needs) {
    const value = valueAt(event, need.path);
    if (typeof value === 'string' && !need.values.includes(value)) return { need, value };
  }
  return null;
}

function valueAt(event: Pick<IncomingEvent, 'alert'>, path: string): Json | undefined {
  let value: Json | undefined = { alert: event.alert };
  for (const key of path.split('.')) {
    value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
