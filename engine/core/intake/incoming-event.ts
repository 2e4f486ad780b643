import type { JsonObject } from '../../../schemas/json.ts';
import type { TriggerType } from '../contracts/plan.ts';

/** Types that are a row of `signals`; `alert.created` is its alert. Persisted: renaming one breaks stored rows. */
export type SignalType = Exclude<TriggerType, 'alert.created' | 'schedule' | 'manual'>;

export type EventType = SignalType | 'alert.created';

/** What `signal` is in `wait.match`: beside id and type, the one thing it is about. */
export interface Signal extends JsonObject {
  id: string;
  type: EventType;
}

/** Something that happened and may start runs or end waits. */
export interface IncomingEvent {
  /** Of the alert or the signal. */
  id: string;
  type: EventType;
  /** What triggers see as `alert`. */
  alert: JsonObject;
  signal: Signal;
  /** The playbooks whose own doing this is, with commas between them: their triggers ignore it. */
  mark: string | null;
  /** How many runs, one starting the next, led here. */
  chain: number;
  /** A webhook is addressed to one trigger; everything else to all. */
  addressee: { playbookId: string; triggerId: string } | null;
}
