import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import type { Database } from '../store/database.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { AuditAlarm } from './alarm.ts';

const hold = 'select hold_for_audit($1, $2, $3, $4, $5)';

/**
 * From its commit on, nothing that contains or eradicates is dispatched or taken by a worker, in no
 * process. Its entry waits among the pending ones, as a log that is in doubt takes no more.
 */
export async function holdContainment(
  database: Database,
  tenant: TenantId,
  mint: MintId,
  { code, message }: AuditAlarm,
): Promise<void> {
  await database.transaction(async (tx) => {
    const actor = { kind: 'system', id: 'sequencer', channel: 'engine' } as const;
    const draft = { type: 'log.contradicted', actor, outcome: 'failure', code, reason: message } as const;
    const at = { id: mint('EntryId'), nowMs: await databaseNowMs(tx), tenant };
    const { id, bytes, leaf } = encodeEntry(draft, at);
    await tx.query(hold, [tenant, `${code}: ${message}`, id, bytes, leaf]);
  });
}
