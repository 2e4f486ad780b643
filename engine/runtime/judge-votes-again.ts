import type { ApprovalId } from '../../schemas/ids.ts';
import { judgeGrant } from '../core/approval/judge-grant.ts';
import type { GrantToJudge, RunEvent } from '../core/contracts/command.ts';
import { lockApproval, questionOf, readVotes } from './approval-rows.ts';
import type { Tx } from './store/sql.ts';

/**
 * The yes that an action would go out on, judged in the transaction that sends it. The people are locked
 * for share: whoever takes somebody's right away waits for dispatches under way, and none commits after.
 */
export async function judgeVotesAgain(
  tx: Tx,
  tenant: string,
  ref: string,
  { approvalId: id, unused }: GrantToJudge,
): Promise<RunEvent | null> {
  const approvalId = id as ApprovalId;
  // Given at once and run in this order: nobody's right changes between the lock and the look.
  const [row, , votes] = await Promise.all([
    lockApproval(tx, tenant, approvalId, unused ? 'update' : 'share'),
    lockVoters(tx, tenant, approvalId),
    readVotes(tx, tenant, approvalId),
  ]);
  const verdict = judgeGrant({ question: questionOf(row), votes, late: unused && row.late });
  return verdict === null ? null : { type: 'approval.voided', ref, approvalId, ...verdict };
}

/** In one order, so that two dispatches never wait for each other. */
async function lockVoters(tx: Tx, tenant: string, approvalId: string): Promise<void> {
  await tx.query(
    `select p.id from people p
     where p.tenant_id = $1
       and p.id in (select d.person_id from decisions d where d.tenant_id = $1 and d.approval_id = $2)
     order by p.id for share of p`,
    [tenant, approvalId],
  );
}
