import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { confirmAuditOrder, proposeAuditOrder } from '../../engine/runtime/order-audit.ts';
import { signAuditOrder } from '../../engine/runtime/sign-audit-order.ts';
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
  useCases.answer('signAuditOrder', (caller, input, proof) =>
    signAuditOrder(parts, { ...by(caller), ...input, proof }),
  );
  useCases.answer('confirmAuditOrder', (caller, input, proof) =>
    confirmAuditOrder(parts, { ...by(caller), ...input, proof: proof ?? null }),
  );
}
