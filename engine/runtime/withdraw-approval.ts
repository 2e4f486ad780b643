import { judgeWithdrawal } from '../core/approval/judge-withdrawal.ts';
import { countTakenBack, insertWithdrawal, readVotes } from './approval-rows.ts';
import { type Coming, comeToApproval, type TurnedAway } from './come-to-approval.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';

/* Somebody takes their yes back. */

export interface WithdrawalInput extends Coming {
  comment: string | null;
  /** Which yes is meant: how often one was taken back before it. Absent: whichever stands. */
  round?: number;
}

export type Withdrawn =
  | { ok: true; votes: number; quorum: number; round: number; repeated: boolean }
  | TurnedAway;

export function withdrawApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: WithdrawalInput,
): Promise<Withdrawn> {
  const { tenant } = parts;
  return comeToApproval(parts, advancer, input, async (at) => {
    const votes = await readVotes(at.tx, tenant, input.approvalId);
    const before = await countTakenBack(at.tx, tenant, input);
    const verdict = judgeWithdrawal(
      at.question,
      votes,
      await at.voter(),
      before,
      input.round ?? null,
      at.nowMs,
    );
    if (verdict.kind === 'refuse') return { ...verdict, data: { decision: 'withdraw' } };
    const counted = { votes: verdict.votes, quorum: at.row.quorum };
    const repeated = verdict.kind === 'repeat';
    const answer = { ok: true as const, ...counted, round: verdict.round, repeated };
    if (repeated) return { kind: 'said', answer, events: [], entries: [] };
    await insertWithdrawal(at.tx, tenant, input);
    const reason = input.comment ?? '';
    const entry = {
      type: 'approval.withdrawn',
      ...at.about,
      outcome: 'success',
      reason,
      data: counted,
    } as const;
    return { kind: 'said', answer, events: [], entries: [entry] };
  });
}
