import { invariant } from '../core/contracts/invariant.ts';
import { deliverSignals } from './deliver-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ScopeName } from './scope-name.ts';
import { insertSignals, type NewSignal } from './store/queries/insert-signal.ts';
import type { Tx } from './store/sql.ts';

/**
 * Writes signals down and tells the waits, in the transaction of what they tell of.
 * @param state `matched` when this very transaction matches them; otherwise that follows on its own
 * @returns the scopes to nudge after the commit
 */
export async function emitSignals(
  tx: Tx,
  { tenant }: Pick<EngineParts, 'tenant'>,
  signals: readonly NewSignal[],
  state: 'accepted' | 'matched' = 'accepted',
): Promise<ScopeName[]> {
  invariant(
    signals.every(({ event }) => event.type !== 'alert.created'),
    'a new alert is its own row and no signal',
  );
  const told = signals.map(({ event: { id, type, signal } }) => ({ id, type, data: signal }));
  if (signals.length === 0) return [];
  const [, mail] = await Promise.all([
    insertSignals(tx, tenant, signals, state),
    deliverSignals(tx, tenant, told),
  ]);
  return mail;
}
