import type { EngineParts } from './engine-parts.ts';
import type { Tx } from './store/sql.ts';

/** Held steps look again now, and jobs that workers had to leave are sent again now. */
export async function wakeHeld(tx: Tx, { tenant }: EngineParts): Promise<void> {
  await tx.query(
    `update deadlines set due_at = clock_timestamp() where tenant_id = $1 and kind = 'recheck'`,
    [tenant],
  );
  await tx.query('update outbox set sent_at = null, sends = 0 where tenant_id = $1', [tenant]);
}
