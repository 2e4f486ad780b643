import type { ApprovalId, RunId, TenantId } from '../../../../schemas/ids.ts';
import type { DeadlineKind } from '../../../core/contracts/command.ts';
import type { Tx } from '../sql.ts';

/** Deadlines on the clock of a question, which stands while everything is paused. */
export const onApprovalClock: readonly DeadlineKind[] = ['expiry', 'escalation', 'reminder'];

export interface MovedClock {
  id: ApprovalId;
  runId: RunId;
  step: string;
  digest: string;
  before: Date;
  after: Date;
  stoodMs: number;
}

/*
 * In the transaction that lifts the pause, under its lock: every open question gets back the time that passed
 * while nothing could be done with an answer. What was over before the pause began stays over. Rows, not a
 * clock of our own: whatever crashes, a question has moved and the pause is lifted, or neither.
 */
const move = `
with standing as (
  select a.id, a.approve_before, stood_ms(a.tenant_id, a.requested_at) as ms
  from approvals a join pauses p on p.tenant_id = a.tenant_id
  where a.tenant_id = $1 and a.state = 'pending' and a.approve_before > greatest(p.since, a.requested_at)
), moved as (
  update approvals a set paused_ms = a.paused_ms + s.ms,
    approve_before = a.approve_before + make_interval(secs => s.ms / 1000.0)
  from standing s where a.tenant_id = $1 and a.id = s.id and a.state = 'pending' and s.ms > 0
  returning a.id, a.run_id, a.scope_path, a.step_path, a.digest, s.approve_before as before, a.approve_before as after, s.ms
), deferred as (
  update deadlines d set due_at = d.due_at + make_interval(secs => m.ms / 1000.0) from moved m
  where d.tenant_id = $1 and d.run_id = m.run_id and d.scope_path = m.scope_path and d.ref = m.step_path
    and d.kind = any($2)
)
select id, run_id as "runId", step_path as step, digest, before, after, ms::float8 as "stoodMs" from moved order by id`;

export async function moveApprovalClocks(tx: Tx, tenant: TenantId): Promise<MovedClock[]> {
  return (await tx.query<MovedClock>(move, [tenant, onApprovalClock])).rows;
}
