import { invariant } from '../core/contracts/invariant.ts';
import type { IncomingEvent } from '../core/intake/incoming-event.ts';
import { deliverSignal } from './deliver-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ScopeName } from './scope-name.ts';
import { insertSignal, type SignalOrigin } from './store/queries/insert-signal.ts';
import type { Tx } from './store/sql.ts';

/**
 * Writes a signal down and tells the waits, in the transaction of what it tells of. Matching it against
 * triggers follows on its own. Returns the scopes to nudge after the commit.
 */
export async function emitSignal(
  tx: Tx,
  parts: Pick<EngineParts, 'tenant'>,
  event: IncomingEvent,
  origin: SignalOrigin,
): Promise<ScopeName[]> {
  invariant(event.type !== 'alert.created', 'a new alert is its own row and no signal');
  await insertSignal(tx, parts.tenant, event, origin);
  return deliverSignal(tx, parts.tenant, { id: event.id, type: event.type, data: event.signal });
}
