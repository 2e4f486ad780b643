import type { Actor } from '../../engine/core/contracts/entry.ts';
import { recordAudit } from '../../engine/runtime/record-audit.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { databaseNowMs } from '../../engine/runtime/store/queries/lock-scopes.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import type { MintId, TenantId } from '../../schemas/ids.ts';
import type { Verification } from '../http/use-cases.ts';

export type AuditVerifier = (actor: Actor, requestId: string, log: string | null) => Promise<Verification>;

/** Recomputes the log for a caller and writes down that it was done, and with what result. */
export function openAuditVerifier(database: Database, tenant: TenantId, mint: MintId): AuditVerifier {
  return async (actor, requestId, log) => {
    const found = await verifyAudit(database, tenant, log === null ? {} : { logId: log });
    await database.transaction(async (tx) => {
      const entry = {
        type: 'audit.verified' as const,
        actor,
        requestId,
        outcome: found.ok ? ('success' as const) : ('failure' as const),
        data: {
          log: found.log,
          size: found.size,
          root: found.root,
          keys: found.keys,
          orders: found.orders,
          problems: found.problems.length + found.problemsLeftOut,
        },
      };
      await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], mint);
    });
    return {
      ok: found.ok,
      log: found.log,
      size: found.size,
      root: found.root,
      keys: found.keys,
      checkpoint: found.checkpoint,
      pending: found.pending,
      orders: found.orders,
      problems: found.problems.map(({ code, index, message }) => ({ code, index, detail: message })),
    };
  };
}
