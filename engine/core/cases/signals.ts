import type { Signal } from '../../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Command, RunEvent } from '../contracts/command.ts';
import { boundKey } from '../intake/bound-key.ts';
import { objectOf } from '../intake/read-vendor.ts';
import { signalValues } from '../run/signal-values.ts';
import { readOffset } from './instant.ts';
import type { OfflineScope } from './offline-run.ts';

type Subscribe = Extract<Command, { kind: 'subscribe' }>;

/** Language reference 9.5, "wait": a fast answer is not lost. */
const lookBackMs = 600_000;

interface Heard {
  id: string;
  type: Signal['type'];
  data: JsonObject;
  atMs: number;
}

/** Who waits for what, and what came in. */
export class Signals {
  #waiting: { scope: OfflineScope; ask: Subscribe }[] = [];
  readonly #heard: Heard[] = [];

  offsetOf(signal: { at: string }): number {
    return readOffset(signal.at);
  }

  /** What came in during the last ten minutes, or for longer if that is asked for, oldest first. */
  subscribe(scope: OfflineScope, ask: Subscribe, nowMs: number): RunEvent[] {
    this.#waiting.push({ scope, ask });
    const sinceMs = Math.min(ask.sinceMs ?? nowMs, nowMs - lookBackMs);
    const earlier = this.#heard.filter((heard) => heard.atMs >= sinceMs && fits(ask, heard));
    const told = ask.sinceMs !== null && ask.type.startsWith('incident.') ? lastOfEach(earlier) : earlier;
    return told.map((heard) => eventOf(ask.ref, heard));
  }

  unsubscribe(scope: OfflineScope, ref: string): void {
    this.#waiting = this.#waiting.filter((each) => each.scope !== scope || each.ask.ref !== ref);
  }

  arrive(index: number, signal: Signal, nowMs: number): { scope: OfflineScope; event: RunEvent }[] {
    const heard: Heard = {
      id: `sig_case${index + 1}`,
      type: signal.type,
      data: { id: `sig_case${index + 1}`, type: signal.type, ...signal.data },
      atMs: nowMs,
    };
    this.#heard.push(heard);
    return this.#waiting
      .filter(({ ask }) => fits(ask, heard))
      .map(({ scope, ask }) => ({ scope, event: eventOf(ask.ref, heard) }));
  }
}

/** Each says all there is to say of its incident, so that only the last of them is still true. */
function lastOfEach(earlier: readonly Heard[]): Heard[] {
  const byIncident = new Map<string, Heard>();
  for (const heard of earlier) {
    const { source, id } = objectOf(heard.data.incident);
    byIncident.set(JSON.stringify([source, id]), heard);
  }
  return earlier.filter((heard) => [...byIncident.values()].includes(heard));
}

function eventOf(ref: string, heard: Heard): RunEvent {
  return { type: 'signal.arrived', ref, signalId: heard.id, signal: heard.data };
}

function fits(ask: Subscribe, heard: Heard): boolean {
  if (ask.type !== heard.type) return false;
  if (ask.key === null) return true;
  return signalValues(heard.data, ask.key.path).includes(boundKey(ask.key.value));
}
