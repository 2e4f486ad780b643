import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { type GlassRecord, type GlassVerdict, judgeBreakGlass } from '../core/approval/judge-break-glass.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import {
  type ApprovalRow,
  endApproval,
  findScope,
  insertDecision,
  lockApproval,
  type Person,
  questionOf,
  readVoter,
  readVotes,
} from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { ScopeName } from './scope-name.ts';
import { insertGlassNotices } from './store/queries/notices.ts';
import type { Tx } from './store/sql.ts';

/*
 * Somebody decides alone. Judged inside the transaction that holds the scope, like a decision; what follows is
 * what follows from any yes, and whoever reviews it later finds a row that nothing can change.
 */

export interface BreakGlassInput extends Person {
  approvalId: ApprovalId;
  digest: string;
  reason: string;
  requestId: string;
  /** When the session began; null when it is a token's word. */
  signedInAtMs: number | null;
}

export type Broken = { ok: true; repeated: boolean } | { ok: false; code: Code; detail: string };

export async function breakGlass(
  parts: EngineParts,
  advancer: Advancer,
  input: BreakGlassInput,
): Promise<Broken> {
  const { approvalId } = input;
  const scope = await findScope(parts.database, parts.tenant, approvalId);
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such approval' };
  let broken: Broken | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const row = await lockApproval(tx, parts.tenant, approvalId);
      const record = await readRecord(tx, parts.tenant, input);
      const voter = await readVoter(tx, parts.tenant, input);
      const verdict = judgeBreakGlass(questionOf(row), voter, record, input, nowMs);
      const entries = entriesOf(verdict, input, row, scope);
      if (verdict.kind === 'refuse') {
        broken = { ok: false, code: verdict.code, detail: verdict.detail };
        return { events: [], entries };
      }
      broken = { ok: true, repeated: verdict.kind === 'repeat' };
      if (verdict.kind === 'repeat') return { events: [], entries };
      await write(tx, parts, input);
      return { events: [grantOf(input, row, nowMs + parts.executeWithinMs)], entries };
    },
  });
  return broken ?? { ok: false, code: 'request/not-found', detail: 'the run of this approval is gone' };
}

function grantOf(
  { approvalId, personId, reason }: BreakGlassInput,
  row: ApprovalRow,
  executeBeforeMs: number,
): RunEvent {
  const by = [personId ?? ''];
  return {
    type: 'approval.granted',
    ref: row.step_path,
    approvalId,
    by,
    comment: reason.trim(),
    executeBeforeMs,
  };
}

async function write(tx: Tx, parts: EngineParts, input: BreakGlassInput): Promise<void> {
  const { approvalId, personId } = input;
  const reason = input.reason.trim();
  const votes = await readVotes(tx, parts.tenant, approvalId);
  // Who has said yes before, with too few others, keeps that yes.
  if (!votes.some(({ voter }) => voter.personId === personId)) {
    const decision = { ...input, decision: 'approve', comment: reason } as const;
    await insertDecision(tx, parts.tenant, parts.mint('DecisionId'), decision);
  }
  await tx.query(
    'insert into break_glass (tenant_id, approval_id, person_id, reason) values ($1, $2, $3, $4)',
    [parts.tenant, approvalId, personId, reason],
  );
  await endApproval(tx, parts, approvalId, 'granted');
  await insertGlassNotices(tx, parts.tenant, approvalId);
}

/** The person is locked first: of two questions at once the second one counts the first. */
async function readRecord(tx: Tx, tenant: string, input: BreakGlassInput): Promise<GlassRecord> {
  const { rows: people } = await tx.query<{ since: string | null }>(
    `select floor(extract(epoch from break_glass_since) * 1000)::text as since from people
     where tenant_id = $1 and id = $2 for no key update`,
    [tenant, input.personId],
  );
  const { rows } = await tx.query<{ uses: number; overdue: number; done: boolean }>(
    `select count(*) filter (where g.at > clock_timestamp() - interval '24 hours')::int as uses,
       count(*) filter (where g.at <= clock_timestamp() - interval '24 hours' and r.approval_id is null)::int as overdue,
       coalesce(bool_or(g.approval_id = $3), false) as done
     from break_glass g
     left join break_glass_reviews r on r.tenant_id = g.tenant_id and r.approval_id = g.approval_id
     where g.tenant_id = $1 and g.person_id = $2`,
    [tenant, input.personId, input.approvalId],
  );
  const since = people[0]?.since ?? null;
  const { uses = 0, overdue = 0, done = false } = rows[0] ?? {};
  return { heldSinceMs: since === null ? null : Number(since), usesWithinDay: uses, overdue, done };
}

/** Loud: streams tell it whatever they were asked for, and the console keeps it on every page until it is reviewed. */
function entriesOf(
  verdict: GlassVerdict,
  input: BreakGlassInput,
  row: ApprovalRow,
  { runId }: ScopeName,
): EntryDraft[] {
  const about = {
    actor: input.actor,
    runId,
    step: row.step_path,
    approvalId: input.approvalId,
    planDigest: row.digest,
    requestId: input.requestId,
  };
  switch (verdict.kind) {
    case 'repeat':
      return [];
    case 'refuse': {
      const type = verdict.code === 'approval/already-decided' ? 'approval.ignored' : 'approval.refused';
      const { code, detail: reason } = verdict;
      return [
        {
          type,
          ...about,
          outcome: 'denied',
          code,
          reason,
          data: { decision: 'break-glass', severity: 'high' },
        },
      ];
    }
    case 'break': {
      const excluded = row.excluded.includes(input.personId ?? '');
      const data = { severity: 'critical', quorum: row.quorum, approvers: row.approvers, excluded };
      return [
        { type: 'approval.break-glass', ...about, outcome: 'success', reason: input.reason.trim(), data },
      ];
    }
  }
}
