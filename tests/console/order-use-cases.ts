import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { confirmAuditOrder, proposeAuditOrder } from '../../engine/runtime/order-audit.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import type { startConsole } from './start-console.ts';

/** Orders about the log are proposed and confirmed for real. */
export function answerOrders({ db, useCases }: Awaited<ReturnType<typeof startConsole>>): void {
  const parts = {
    database: db.app,
    tenant: defaultTenant,
    mint: mintId,
    afterCommit: () => undefined,
  } as Partial<EngineParts> as EngineParts;
  const by = (caller: Parameters<typeof useCases.confirmAuditOrder>[0]) => ({
    personId: caller.personId,
    signedInAtMs: caller.signedInAt === undefined ? null : Date.parse(caller.signedInAt),
    actor: { kind: caller.kind, id: caller.id, channel: caller.channel },
    requestId: caller.requestId,
  });
  useCases.answer('proposeAuditOrder', (caller, { reason, wish }) =>
    proposeAuditOrder(parts, {
      ...by(caller),
      reason,
      wish: wish.kind === 'truncation' ? { ...wish, retentionDays: null } : wish,
    }),
  );
  useCases.answer('confirmAuditOrder', (caller, input) =>
    confirmAuditOrder(parts, { ...by(caller), ...input }),
  );
}
