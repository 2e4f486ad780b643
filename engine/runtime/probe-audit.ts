import { performance } from 'node:perf_hooks';
import type { MintId, TenantId } from '../../schemas/ids.ts';
import { recordAudit } from './record-audit.ts';
import type { Database } from './store/database.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

/** Everybody may ask whether we are ready, and nobody is to write as often as they ask. */
const believedMs = 5_000;

class TakenBack extends Error {}

/**
 * Whether an entry can be written: one is, and is taken back. A success is believed for a while, a failure never.
 * @throws what the database says when it cannot
 */
export function createAuditProbe(database: Database, tenant: TenantId, mint: MintId): () => Promise<void> {
  let believedUntil = 0;
  return async () => {
    if (believedUntil > performance.now()) return;
    try {
      await database.transaction(async (tx) => {
        const draft = {
          type: 'log.heartbeat' as const,
          actor: { kind: 'system' as const, id: 'probe', channel: 'engine' as const },
        };
        await recordAudit(tx, tenant, await databaseNowMs(tx), [draft], mint);
        throw new TakenBack();
      });
    } catch (error) {
      if (!(error instanceof TakenBack)) throw error;
    }
    believedUntil = performance.now() + believedMs;
  };
}
