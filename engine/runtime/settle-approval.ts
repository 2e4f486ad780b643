import { needsFreshSignIn } from '../core/approval/fresh-sign-in.ts';
import {
  type Answer,
  approversThatCount,
  judgeApproval,
  type Verdict,
} from '../core/approval/judge-approval.ts';
import type { PasskeyProof } from '../core/approval/passkey-proof.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import {
  type ApprovalRow,
  countTakenBack,
  endApproval,
  insertDecision,
  insertWithdrawal,
  readVotes,
} from './approval-rows.ts';
import { type AtApproval, type Coming, comeToApproval, type TurnedAway } from './come-to-approval.ts';
import { evidenceOf, insertEvidence, standingProof } from './decision-evidence.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';

/* A person's decision. */

export interface DecisionInput extends Answer, Coming {
  /** When the session of whoever decides began; null when it is a token's word. */
  signedInAtMs: number | null;
  /** The person's key signed this very question. */
  proof?: PasskeyProof | null;
}

export type Settled =
  | {
      ok: true;
      state: 'pending' | 'granted' | 'denied';
      votes: number;
      quorum: number;
      repeated: boolean;
      /** False when this was said before and taken back since. */
      stands: boolean;
    }
  | TurnedAway;

export async function settleApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: DecisionInput,
): Promise<Settled> {
  const { tenant } = parts;
  const settled = await comeToApproval<Settled>(parts, advancer, input, async (at) => {
    const { tx, row, question, nowMs } = at;
    const [votes, tookBack, voter, proof] = await Promise.all([
      readVotes(tx, tenant, input.approvalId),
      countTakenBack(tx, tenant, input),
      at.voter(),
      standingProof(tx, tenant, input),
    ]);
    const judged = judgeApproval(question, votes, tookBack, voter, input, nowMs);
    const stale = needsFreshSignIn(row.class, input, proof?.provedAtMs ?? input.signedInAtMs, nowMs);
    const verdict = judged.kind === 'vote' ? (stale ?? judged) : judged;
    switch (verdict.kind) {
      case 'refuse':
        return { ...verdict, data: { decision: input.decision } };
      case 'repeat': {
        const state = row.state === 'granted' || row.state === 'denied' ? row.state : 'pending';
        const answer = {
          ok: true,
          state,
          votes: verdict.votes,
          quorum: row.quorum,
          repeated: true,
          stands: verdict.stands,
        } as const;
        return { kind: 'said', answer, events: [], entries: [] };
      }
      case 'vote': {
        const { outcome, votes: counted } = verdict;
        if (verdict.instead) await insertWithdrawal(tx, tenant, { ...input, comment: null });
        const decisionId = parts.mint('DecisionId');
        await insertDecision(tx, tenant, decisionId, {
          ...input,
          number: 1 + tookBack + (verdict.instead ? 1 : 0),
        });
        if (proof !== null) await insertEvidence(tx, tenant, decisionId, proof);
        parts.pass?.('settle.voted');
        if (outcome !== 'pending') await endApproval(tx, parts, input.approvalId, outcome);
        parts.pass?.('settle.ended');
        const by = [...approversThatCount(question, votes), input.personId ?? ''];
        const answer = {
          ok: true,
          state: outcome,
          votes: counted,
          quorum: row.quorum,
          repeated: false,
          stands: true,
        } as const;
        const events = eventsOf(verdict, input, row, by, nowMs + parts.executeWithinMs);
        return { kind: 'said', answer, events, entries: entriesOf(at, verdict, input, proof) };
      }
    }
  });
  parts.pass?.('settle.committed');
  return settled;
}

function eventsOf(
  verdict: Extract<Verdict, { kind: 'vote' }>,
  input: DecisionInput,
  row: ApprovalRow,
  by: string[],
  executeBeforeMs: number,
): RunEvent[] {
  const { approvalId } = input;
  const comment = input.comment ?? '';
  switch (verdict.outcome) {
    case 'granted':
      return [{ type: 'approval.granted', ref: row.step_path, approvalId, by, comment, executeBeforeMs }];
    case 'denied':
      return [{ type: 'approval.denied', ref: row.step_path, approvalId, by: input.personId ?? '', comment }];
    case 'pending':
      return [];
  }
}

function entriesOf(
  { about, row }: AtApproval,
  verdict: Extract<Verdict, { kind: 'vote' }>,
  input: DecisionInput,
  proof: PasskeyProof | null,
): EntryDraft[] {
  const data = { votes: verdict.votes, quorum: row.quorum };
  const voted: EntryDraft = {
    type: 'approval.voted',
    ...about,
    outcome: 'success',
    reason: input.comment ?? '',
    data: { decision: input.decision, ...data, ...(proof !== null && evidenceOf(proof)) },
  };
  if (!verdict.instead) return [voted];
  const reason = 'said no instead';
  return [{ type: 'approval.withdrawn', ...about, outcome: 'success', reason, data }, voted];
}
