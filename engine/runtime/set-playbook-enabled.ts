import type { Code } from '../../schemas/codes.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

/** Switches a playbook on or off for new alerts; runs under way go on. */
export async function setPlaybookEnabled(
  parts: EngineParts,
  input: { id: string; enabled: boolean; actor: Actor; requestId: string },
): Promise<{ ok: true } | { ok: false; code: Code; detail: string }> {
  return parts.database.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      'update playbooks set enabled = $3 where tenant_id = $1 and id = $2',
      [parts.tenant, input.id, input.enabled],
    );
    if (rowCount === 0) return { ok: false, code: 'request/not-found', detail: `no playbook "${input.id}"` };
    const entry = {
      type: input.enabled ? ('playbook.enabled' as const) : ('playbook.disabled' as const),
      actor: input.actor,
      requestId: input.requestId,
      data: { playbook: input.id },
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
    return { ok: true };
  });
}
