import type { Json } from '../../../schemas/json.ts';
import type { Order } from '../contracts/order.ts';
import type { RunContext } from './context.ts';
import type { Guard, Stop } from './record-move.ts';
import { type Change, takeTurn } from './take-turn.ts';

/*
 * The ways through a chart that XState has gone before, to be gone again without it. From one state, with one
 * event, the guards' answers and the events that entry functions raise decide alone which guard and which function
 * comes next, since all of them are pure. So a way is a list of these, and ways that begin alike share their beginning.
 */

/** Where a move ends. */
export interface Arrival {
  value: Json;
  done: boolean;
}

export interface Move extends Arrival {
  context: RunContext;
  orders: Order[];
}

type Way = Arrival | Fork | Deed;

interface Fork {
  guard: Guard;
  yes?: Way;
  no?: Way;
}

interface Deed {
  change: Change;
  /** By the events it raised, which is hardly ever any. */
  next: Map<string, Way>;
}

/** Ways of one machine. The states of parallel branches multiply: whoever knows more than this begins anew. */
const waysMax = 2_000;

export class KnownMoves {
  readonly #ways = new Map<string, Way>();
  #count = 0;

  /** Null: nobody has gone there yet. Then nothing has happened either. */
  repeat(name: string, context: RunContext): Move | null {
    let way = this.#ways.get(name);
    let now = context;
    const orders: Order[] = [];
    while (way !== undefined) {
      if ('guard' in way) {
        way = way.guard({ context: now }) ? way.yes : way.no;
      } else if ('change' in way) {
        const { context: after, order, raised } = takeTurn(way.change, now);
        now = after;
        if (order !== null) orders.push(order);
        way = way.next.get(raised.join('\n'));
      } else {
        return { value: way.value, done: way.done, context: now, orders };
      }
    }
    return null;
  }

  learn(name: string, stops: readonly Stop[], { value, done }: Arrival): void {
    if (this.#count >= waysMax) {
      this.#ways.clear();
      this.#count = 0;
    }
    this.#count += 1;
    this.#ways.set(name, grown(this.#ways.get(name), stops, 0, { value, done }));
  }
}

function grown(way: Way | undefined, stops: readonly Stop[], at: number, arrival: Arrival): Way {
  const stop = stops[at];
  if (stop === undefined) return arrival;
  if ('guard' in stop) {
    const fork: Fork =
      way !== undefined && 'guard' in way && way.guard === stop.guard ? way : { guard: stop.guard };
    const branch = stop.answer ? 'yes' : 'no';
    fork[branch] = grown(fork[branch], stops, at + 1, arrival);
    return fork;
  }
  const deed: Deed =
    way !== undefined && 'change' in way && way.change === stop.change
      ? way
      : { change: stop.change, next: new Map() };
  deed.next.set(stop.raised, grown(deed.next.get(stop.raised), stops, at + 1, arrival));
  return deed;
}
