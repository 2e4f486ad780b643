import type { JsonObject } from '../../../schemas/json.ts';
import type { IncomingEvent } from './incoming-event.ts';

/** A new alert as an event. `alert` with `raw`, as expressions see it. */
export function alertEvent(id: string, alert: JsonObject): IncomingEvent {
  const type = 'alert.created';
  return { id, type, alert, signal: { id, type, alert }, mark: null, chain: 0, addressee: null };
}
