import { judgeExtension } from '../core/approval/judge-extension.ts';
import { lastCall, remindAfterExtension } from '../core/approval/remind-at.ts';
import { type Coming, comeToApproval, type TurnedAway } from './come-to-approval.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Tx } from './store/sql.ts';

/*
 * More time for an open question, once. An expiry in the same instant comes before it or not at all: it is won
 * only while its row is due.
 */

export type Extended = { ok: true; expiresAt: string } | TurnedAway;

export function extendApproval(parts: EngineParts, advancer: Advancer, input: Coming): Promise<Extended> {
  return comeToApproval(parts, advancer, input, async (at) => {
    const { row, question } = at;
    const verdict = judgeExtension(question, row.extended, await at.voter(), at.nowMs);
    if (verdict.kind === 'refuse') return { ...verdict, data: { decision: 'extend' } };
    const expiresAt = new Date(verdict.untilMs).toISOString();
    // What stands in a pause is written as if it ran: lifting the pause moves all of it.
    await moveExpiry(at.tx, parts, input.approvalId, verdict.untilMs - Number(row.stood_ms));
    const data = { before: new Date(question.approveBeforeMs).toISOString(), after: expiresAt };
    const entry = { type: 'approval.extended', ...at.about, outcome: 'success', data } as const;
    return { kind: 'said', answer: { ok: true, expiresAt }, events: [], entries: [entry] };
  });
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
