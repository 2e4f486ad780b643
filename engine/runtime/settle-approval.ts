import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId, PersonId, RunId } from '../../schemas/ids.ts';
import {
  type Answer,
  approversThatCount,
  judgeApproval,
  type Question,
  type Verdict,
  type Vote,
  type Voter,
} from '../core/approval/judge-approval.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { ScopeName } from './scope-name.ts';
import type { Sql, Tx } from './store/sql.ts';

/*
 * A person's decision. Everything is checked inside the transaction that holds the run's scope, so
 * of two people who decide in the same instant one is second and is told what stood.
 */

export interface DecisionInput extends Answer {
  approvalId: ApprovalId;
  personId: PersonId | null;
  actor: Actor;
  requestId: string;
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
      const verdict = judgeApproval(questionOf(row), votes, voter, input, nowMs);
      settled = settledOf(verdict, row);
      if (verdict.kind !== 'vote') return { events: [], entries: entriesOf(verdict, input, row, runId) };
      await insertDecision(tx, parts, input);
      if (verdict.outcome !== 'pending') await endApproval(tx, parts, input.approvalId, verdict.outcome);
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
  return settled ?? { ok: false, code: 'request/not-found', detail: 'the run of this approval is gone' };
}

interface ApprovalRow {
  step_path: string;
  digest: string;
  approvers: string[];
  quorum: number;
  require_comment: Question['requireComment'];
  excluded: string[];
  state: Question['state'];
  unshowable: string | null;
  approve_before_ms: string;
}

function questionOf(row: ApprovalRow): Question {
  return {
    state: row.state,
    digest: row.digest,
    approvers: row.approvers,
    quorum: row.quorum,
    excluded: row.excluded,
    requireComment: row.require_comment,
    approveBeforeMs: Number(row.approve_before_ms),
    unshowable: row.unshowable,
  };
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
    case 'vote':
      return [
        {
          type: 'approval.voted',
          ...about,
          outcome: 'success',
          reason: input.comment ?? '',
          data: { decision: input.decision, votes: verdict.votes, quorum: row.quorum },
        },
      ];
  }
}

async function findScope(sql: Sql, tenant: string, approvalId: string): Promise<ScopeName | null> {
  const { rows } = await sql.query<ScopeName>(
    'select run_id as "runId", scope_path as path from approvals where tenant_id = $1 and id = $2',
    [tenant, approvalId],
  );
  return rows[0] ?? null;
}

async function lockApproval(tx: Tx, tenant: string, approvalId: string): Promise<ApprovalRow> {
  const { rows } = await tx.query<ApprovalRow>(
    `select step_path, digest, approvers, quorum, require_comment, excluded, state, card->>'unshowable' as unshowable,
       floor(extract(epoch from approve_before) * 1000)::text as approve_before_ms
     from approvals where tenant_id = $1 and id = $2 for update`,
    [tenant, approvalId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an approval disappeared; the database refuses deleting them');
  return row;
}

interface VoterRow {
  id: string;
  email: string | null;
  roles: string[];
  groups: string[];
  active: boolean;
}

function voterOf(row: VoterRow): Voter {
  return { kind: 'person', personId: row.id, ...row };
}

async function readVotes(tx: Tx, tenant: string, approvalId: string): Promise<Vote[]> {
  const { rows } = await tx.query<VoterRow & { decision: 'approve' | 'deny' }>(
    `select p.id, p.email, p.roles, p.groups, p.active, d.decision
     from decisions d join people p on p.tenant_id = d.tenant_id and p.id = d.person_id
     where d.tenant_id = $1 and d.approval_id = $2 order by d.at, d.id`,
    [tenant, approvalId],
  );
  return rows.map(({ decision, ...person }) => ({ voter: voterOf(person), decision }));
}

/** The person as they are now, not as they were when their session or token was made. */
async function readVoter(tx: Tx, tenant: string, input: DecisionInput): Promise<Voter> {
  const { rows } = await tx.query<VoterRow>(
    'select id, email, roles, groups, active from people where tenant_id = $1 and id = $2',
    [tenant, input.personId],
  );
  const [row] = rows;
  if (row !== undefined) return voterOf(row);
  return {
    kind: 'service',
    id: input.actor.id,
    personId: null,
    email: null,
    roles: [],
    groups: [],
    active: false,
  };
}

async function insertDecision(tx: Tx, parts: EngineParts, input: DecisionInput): Promise<void> {
  await tx.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      parts.tenant,
      parts.mint('DecisionId'),
      input.approvalId,
      input.personId,
      input.decision,
      input.digest,
      input.comment,
    ],
  );
}

async function endApproval(
  tx: Tx,
  parts: EngineParts,
  approvalId: string,
  state: 'granted' | 'denied',
): Promise<void> {
  await tx.query(
    `update approvals set state = $3, ended_at = clock_timestamp(),
       execute_before = case when $3 = 'granted' then clock_timestamp() + make_interval(secs => $4 / 1000.0) end
     where tenant_id = $1 and id = $2`,
    [parts.tenant, approvalId, state, parts.executeWithinMs],
  );
}
