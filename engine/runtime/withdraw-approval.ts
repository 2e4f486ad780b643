import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { judgeWithdrawal } from '../core/approval/judge-withdrawal.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import {
  findScope,
  insertWithdrawal,
  lockApproval,
  type Person,
  questionOf,
  readVoter,
  readVotes,
} from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Tx } from './store/sql.ts';

/*
 * Somebody takes their yes back. Judged inside the transaction that holds the scope, like a decision: of this
 * and the last yes in the same instant one is second and is told what stood.
 */

export interface WithdrawalInput extends Person {
  approvalId: ApprovalId;
  comment: string | null;
  requestId: string;
}

export type Withdrawn =
  | { ok: true; votes: number; quorum: number; repeated: boolean }
  | { ok: false; code: Code; detail: string };

export async function withdrawApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: WithdrawalInput,
): Promise<Withdrawn> {
  const { approvalId } = input;
  const scope = await findScope(parts.database, parts.tenant, approvalId);
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such approval' };
  let withdrawn: Withdrawn | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const row = await lockApproval(tx, parts.tenant, approvalId);
      const votes = await readVotes(tx, parts.tenant, approvalId);
      const voter = await readVoter(tx, parts.tenant, input);
      const before = await tookBackBefore(tx, parts.tenant, input);
      const verdict = judgeWithdrawal(questionOf(row), votes, voter, before, nowMs);
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
        withdrawn = { ok: false, code, detail };
        const late = code === 'approval/already-decided' || code === 'approval/too-late-to-withdraw';
        const type = late ? 'approval.ignored' : 'approval.refused';
        const refusal: EntryDraft = { type, ...about, outcome: 'denied', code, reason: detail };
        return { events: [], entries: [{ ...refusal, data: { decision: 'withdraw' } }] };
      }
      const { quorum } = row;
      const { votes: left } = verdict;
      withdrawn = { ok: true, votes: left, quorum, repeated: verdict.kind === 'repeat' };
      if (verdict.kind === 'repeat') return { events: [], entries: [] };
      await insertWithdrawal(tx, parts.tenant, input);
      const reason = input.comment ?? '';
      const data = { votes: left, quorum };
      const entry: EntryDraft = { type: 'approval.withdrawn', ...about, outcome: 'success', reason, data };
      return { events: [], entries: [entry] };
    },
  });
  return withdrawn ?? { ok: false, code: 'request/not-found', detail: 'the run of this approval is gone' };
}

async function tookBackBefore(tx: Tx, tenant: string, input: WithdrawalInput): Promise<boolean> {
  const { rowCount } = await tx.query(
    'select 1 from withdrawals where tenant_id = $1 and approval_id = $2 and person_id = $3 limit 1',
    [tenant, input.approvalId, input.personId],
  );
  return rowCount > 0;
}
