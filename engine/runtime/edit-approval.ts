import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { type Edit, type Editable, type EditVerdict, judgeEdit } from '../core/approval/judge-edit.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { stepAt } from '../core/run/list-steps.ts';
import { planPathOf } from '../core/run/scope-path.ts';
import {
  type ApprovalRow,
  findScope,
  lockApproval,
  type Person,
  questionOf,
  readVoter,
} from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { ScopeName } from './scope-name.ts';
import type { Tx } from './store/sql.ts';

/*
 * A person changes arguments of an open question. Judged inside the transaction that holds the scope,
 * like a decision: of a change and a yes in the same instant one is second and is told what stood.
 */

export interface EditInput extends Edit, Person {
  approvalId: ApprovalId;
  requestId: string;
}

export interface NextQuestion {
  id: string;
  digest: string;
  expiresAt: string;
}

export type Edited =
  /** `next` is null when nothing is asked for now: a guard refuses the new form, or a stop holds it. */
  { ok: true; next: NextQuestion | null } | { ok: false; code: Code; detail: string };

export async function editApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: EditInput,
): Promise<Edited> {
  const scope = await findScope(parts.database, parts.tenant, input.approvalId);
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such approval' };
  let judged: EditVerdict | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const row = await lockApproval(tx, parts.tenant, input.approvalId);
      const voter = await readVoter(tx, parts.tenant, input);
      const editable = await editableOf(tx, parts, scope, row);
      const verdict = judgeEdit(questionOf(row), editable, voter, input, nowMs);
      judged = verdict;
      const entries = [entryOf(verdict, input, row, scope)];
      if (verdict.kind === 'refuse') return { events: [], entries };
      const { approvalId, comment, personId } = input;
      const { values } = verdict;
      return {
        events: [
          {
            type: 'approval.edited',
            ref: row.step_path,
            approvalId,
            by: personId ?? '',
            values,
            comment: comment ?? '',
          },
        ],
        entries,
      };
    },
  });
  if (judged === undefined)
    return { ok: false, code: 'request/not-found', detail: 'the run of this approval is gone' };
  if (judged.kind === 'refuse') return { ok: false, code: judged.code, detail: judged.detail };
  return afterwards(parts, input.approvalId);
}

/** What the run made of it: it fills the action in anew and may find that it cannot. */
async function afterwards(parts: EngineParts, approvalId: ApprovalId): Promise<Edited> {
  const { rows } = await parts.database.query<{
    state: string;
    id: string | null;
    digest: string | null;
    expires_at: Date | null;
  }>(
    `select a.state, n.id, n.digest, n.approve_before as expires_at
     from approvals a left join approvals n on n.tenant_id = a.tenant_id and n.run_id = a.run_id
       and n.step_path = a.step_path and n.ask_number = a.ask_number + 1
     where a.tenant_id = $1 and a.id = $2`,
    [parts.tenant, approvalId],
  );
  const [row] = rows;
  invariant(row !== undefined, 'an approval is never deleted');
  if (row.state === 'pending')
    return {
      ok: false,
      code: 'approval/edit-rejected',
      detail: 'the action cannot be filled in with it, or it was changed too often; the log says which',
    };
  const { id, digest, expires_at: expires } = row;
  if (id === null || digest === null || expires === null) return { ok: true, next: null };
  return { ok: true, next: { id, digest, expiresAt: expires.toISOString() } };
}

async function editableOf(tx: Tx, parts: EngineParts, scope: ScopeName, row: ApprovalRow): Promise<Editable> {
  const { rows } = await tx.query<{ digest: string }>(
    'select digest from runs where tenant_id = $1 and id = $2',
    [parts.tenant, scope.runId],
  );
  const [run] = rows;
  invariant(run !== undefined, 'an approval belongs to a run');
  const { plan } = await parts.loadPlan(run.digest);
  const step = stepAt(plan, planPathOf(row.step_path));
  const asked = JSON.parse(row.plan.toString('utf8')) as JsonObject;
  return {
    names: row.editable,
    arguments: isJsonObject(asked.params) ? asked.params : {},
    input: step?.kind === 'action' ? step.action.input : {},
  };
}

/** Refused attempts are written too: who tried what, and why it did not count. */
function entryOf(verdict: EditVerdict, input: EditInput, row: ApprovalRow, { runId }: ScopeName): EntryDraft {
  const about = {
    actor: input.actor,
    runId,
    step: row.step_path,
    approvalId: input.approvalId,
    planDigest: row.digest,
    requestId: input.requestId,
  };
  if (verdict.kind === 'edit') {
    const { values, before } = verdict;
    return {
      type: 'approval.edit-requested',
      ...about,
      outcome: 'success',
      reason: input.comment ?? '',
      data: { values, before },
    };
  }
  return {
    type: verdict.code === 'approval/already-decided' ? 'approval.ignored' : 'approval.refused',
    ...about,
    outcome: 'denied',
    code: verdict.code,
    reason: verdict.detail,
    data: { edit: input.values },
  };
}
