import type { Order } from '../contracts/order.ts';
import type { RunContext } from './context.ts';
import { openTurn, type Turn } from './turn.ts';

/** A pure entry function: it changes its working copy and says what the world should do. */
export type Change = (turn: Turn) => void;

export interface Taken {
  context: RunContext;
  /** Null when the step did not expect the event after all. */
  order: Order | null;
  /** Events of the machine itself, in their order. */
  raised: string[];
}

export function takeTurn(change: Change, context: RunContext): Taken {
  const turn = openTurn(context);
  change(turn);
  return {
    context: turn.context,
    // Also when there is nothing to order: that an order came says that the event was expected.
    order: turn.unexpected ? null : { commands: turn.commands, entries: turn.entries },
    raised: turn.haltedNow.map((name) => `halt ${name}`),
  };
}
