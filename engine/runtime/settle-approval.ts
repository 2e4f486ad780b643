import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId, PersonId, RunId } from '../../schemas/ids.ts';
import { needsFreshSignIn } from '../core/approval/fresh-sign-in.ts';
import {
  type Answer,
  approversThatCount,
  judgeApproval,
  type Verdict,
} from '../core/approval/judge-approval.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import {
  type ApprovalRow,
  endApproval,
  findScope,
  insertDecision,
  insertWithdrawal,
  lockApproval,
  questionOf,
  readVoter,
  readVotes,
} from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';

/*
 * A person's decision. Everything is checked inside the transaction that holds the run's scope, so
 * of two people who decide in the same instant one is second and is told what stood.
 */

export interface DecisionInput extends Answer {
  approvalId: ApprovalId;
  personId: PersonId | null;
  actor: Actor;
  requestId: string;
  /** When the session of whoever decides began; null when it is a token's word. */
  signedInAtMs: number | null;
}

export type Settled =
  | { ok: true; state: 'pending' | 'granted' | 'denied'; votes: number; quorum: number; repeated: boolean }
  | { ok: false; code: Code; detail: string };

export async function settleApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: DecisionInput,
): Promise<Settled> {
  const scope = await findScope(parts.database, parts.tenant, input.approvalId);
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such approval' };
  const { runId } = scope;
  let settled: Settled | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const row = await lockApproval(tx, parts.tenant, input.approvalId);
      const votes = await readVotes(tx, parts.tenant, input.approvalId);
      const voter = await readVoter(tx, parts.tenant, input);
      const judged = judgeApproval(questionOf(row), votes, voter, input, nowMs);
      const stale = needsFreshSignIn(row.class, input, input.signedInAtMs, nowMs);
      const verdict = judged.kind === 'vote' ? (stale ?? judged) : judged;
      settled = settledOf(verdict, row);
      if (verdict.kind !== 'vote') return { events: [], entries: entriesOf(verdict, input, row, runId) };
      if (verdict.instead) await insertWithdrawal(tx, parts.tenant, { ...input, comment: null });
      await insertDecision(tx, parts.tenant, parts.mint('DecisionId'), input);
      parts.pass?.('settle.voted');
      if (verdict.outcome !== 'pending') await endApproval(tx, parts, input.approvalId, verdict.outcome);
      parts.pass?.('settle.ended');
      const approvers = approversThatCount(questionOf(row), votes);
      return {
        events: eventsOf(
          verdict,
          input,
          row,
          [...approvers, input.personId ?? ''],
          nowMs + parts.executeWithinMs,
        ),
        entries: entriesOf(verdict, input, row, runId),
      };
    },
  });
  parts.pass?.('settle.committed');
  return settled ?? { ok: false, code: 'request/not-found', detail: 'the run of this approval is gone' };
}

function settledOf(verdict: Verdict, row: ApprovalRow): Settled {
  switch (verdict.kind) {
    case 'refuse':
      return { ok: false, code: verdict.code, detail: verdict.detail };
    case 'repeat': {
      const state = row.state === 'granted' || row.state === 'denied' ? row.state : 'pending';
      return { ok: true, state, votes: verdict.votes, quorum: row.quorum, repeated: true };
    }
    case 'vote':
      return { ok: true, state: verdict.outcome, votes: verdict.votes, quorum: row.quorum, repeated: false };
  }
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

/** Refused attempts are written too: who tried what, and why it did not count. */
function entriesOf(verdict: Verdict, input: DecisionInput, row: ApprovalRow, runId: RunId): EntryDraft[] {
  const about = {
    actor: input.actor,
    runId,
    step: row.step_path,
    approvalId: input.approvalId,
    planDigest: row.digest,
    requestId: input.requestId,
  };
  switch (verdict.kind) {
    case 'refuse': {
      const type = verdict.code === 'approval/already-decided' ? 'approval.ignored' : 'approval.refused';
      return [
        {
          type,
          ...about,
          outcome: 'denied',
          code: verdict.code,
          reason: verdict.detail,
          data: { decision: input.decision },
        },
      ];
    }
    case 'repeat':
      return [];
    case 'vote': {
      const data = { votes: verdict.votes, quorum: row.quorum };
      const voted: EntryDraft = {
        type: 'approval.voted',
        ...about,
        outcome: 'success',
        reason: input.comment ?? '',
        data: { decision: input.decision, ...data },
      };
      if (!verdict.instead) return [voted];
      const reason = 'said no instead';
      return [{ type: 'approval.withdrawn', ...about, outcome: 'success', reason, data }, voted];
    }
  }
}
