import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { judgeExtension } from '../core/approval/judge-extension.ts';
import { lastCall, remindAfterExtension } from '../core/approval/remind-at.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { findScope, lockApproval, type Person, questionOf, readVoter } from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Tx } from './store/sql.ts';

/*
 * More time for an open question, once. Judged inside the transaction that holds the scope, so that an
 * expiry in the same instant comes before it or not at all: it is won only while its row is due.
 */

export interface ExtensionInput extends Person {
  approvalId: ApprovalId;
  requestId: string;
}

export type Extended = { ok: true; expiresAt: string } | { ok: false; code: Code; detail: string };

export async function extendApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: ExtensionInput,
): Promise<Extended> {
  const { approvalId } = input;
  const scope = await findScope(parts.database, parts.tenant, approvalId);
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such approval' };
  let extended: Extended | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const row = await lockApproval(tx, parts.tenant, approvalId);
      const voter = await readVoter(tx, parts.tenant, input);
      const verdict = judgeExtension(questionOf(row), row.extended, voter, nowMs);
      const about = {
        actor: input.actor,
        runId: scope.runId,
        step: row.step_path,
        approvalId,
        planDigest: row.digest,
        requestId: input.requestId,
      };
      if (verdict.kind === 'refuse') {
        const { code, detail } = verdict;
        extended = { ok: false, code, detail };
        const type = code === 'approval/already-decided' ? 'approval.ignored' : 'approval.refused';
        const refusal: EntryDraft = { type, ...about, outcome: 'denied', code, reason: detail };
        return { events: [], entries: [{ ...refusal, data: { decision: 'extend' } }] };
      }
      const expiresAt = new Date(verdict.untilMs).toISOString();
      await moveExpiry(tx, parts, approvalId, verdict.untilMs);
      extended = { ok: true, expiresAt };
      const data = { before: new Date(Number(row.approve_before_ms)).toISOString(), after: expiresAt };
      return { events: [], entries: [{ type: 'approval.extended', ...about, outcome: 'success', data }] };
    },
  });
  return extended ?? { ok: false, code: 'request/not-found', detail: 'the run of this approval is gone' };
}

/** The last call moves with the end, and is made again when it was made before. */
async function moveExpiry(tx: Tx, parts: EngineParts, approvalId: string, untilMs: number): Promise<void> {
  await tx.query(
    `with moved as (
       update approvals set approve_before = $3, extended_at = clock_timestamp()
       where tenant_id = $1 and id = $2 returning tenant_id, run_id, scope_path, step_path, ask_number
     ), reminded as (
       insert into deadlines (tenant_id, id, run_id, scope_path, ref, kind, seq, due_at)
       select tenant_id, $4, run_id, scope_path, step_path, 'reminder', ask_number * 100 + $5::int, $6 from moved
       on conflict (tenant_id, run_id, scope_path, ref, kind, seq) do update set due_at = excluded.due_at
     )
     update deadlines d set due_at = $3 from moved m
     where d.tenant_id = m.tenant_id and d.run_id = m.run_id and d.scope_path = m.scope_path
       and d.ref = m.step_path and d.kind = 'expiry'`,
    [
      parts.tenant,
      approvalId,
      new Date(untilMs).toISOString(),
      parts.mint('DeadlineId'),
      lastCall,
      new Date(remindAfterExtension(untilMs)).toISOString(),
    ],
  );
}
