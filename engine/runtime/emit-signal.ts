import { invariant } from '../core/contracts/invariant.ts';
import { deliverSignals } from './deliver-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ScopeName } from './scope-name.ts';
import { insertSignals, type NewSignal } from './store/queries/insert-signal.ts';
import type { Tx } from './store/sql.ts';

/**
 * Writes signals down and tells the waits, in the transaction of what they tell of. Matching them against
 * triggers follows on its own. Returns the scopes to nudge after the commit.
 */
export async function emitSignals(
  tx: Tx,
  { tenant }: Pick<EngineParts, 'tenant'>,
  signals: readonly NewSignal[],
): Promise<ScopeName[]> {
  invariant(
    signals.every(({ event }) => event.type !== 'alert.created'),
    'a new alert is its own row and no signal',
  );
  const told = signals.map(({ event: { id, type, signal } }) => ({ id, type, data: signal }));
  const [, mail] = await Promise.all([insertSignals(tx, tenant, signals), deliverSignals(tx, tenant, told)]);
  return mail;
}
