import type { ApprovalId } from '../../schemas/ids.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { type Edit, type Editable, judgeEdit } from '../core/approval/judge-edit.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { stepAt } from '../core/run/list-steps.ts';
import { planPathOf } from '../core/run/scope-path.ts';
import type { ApprovalRow } from './approval-rows.ts';
import { type Coming, comeToApproval, type TurnedAway } from './come-to-approval.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { expiresAt } from './read/expires-at.ts';
import type { ScopeName } from './scope-name.ts';
import type { Tx } from './store/sql.ts';

/* A person changes arguments of an open question; the run fills the action in anew and asks again. */

export interface EditInput extends Edit, Coming {}

export interface NextQuestion {
  id: string;
  digest: string;
  expiresAt: string;
}

export type Edited =
  /** `next` is null when nothing is asked for now: a guard refuses the new form, or a stop holds it. */
  { ok: true; next: NextQuestion | null } | TurnedAway;

export async function editApproval(
  parts: EngineParts,
  advancer: Advancer,
  input: EditInput,
): Promise<Edited> {
  const { approvalId } = input;
  const judged = await comeToApproval(parts, advancer, input, async (at) => {
    const { row, about } = at;
    const voter = await at.voter();
    const editable = await editableOf(at.tx, parts, at.scope, row);
    const verdict = judgeEdit(at.question, editable, voter, input, at.nowMs);
    if (verdict.kind === 'refuse') return { ...verdict, data: { edit: input.values } };
    const { values, before } = verdict;
    const comment = input.comment ?? '';
    const by = input.personId ?? '';
    return {
      kind: 'said',
      answer: { ok: true as const },
      events: [{ type: 'approval.edited', ref: row.step_path, approvalId, by, values, comment }],
      entries: [
        {
          type: 'approval.edit-requested',
          ...about,
          outcome: 'success',
          reason: comment,
          data: { values, before },
        },
      ],
    };
  });
  return judged.ok ? afterwards(parts, approvalId) : judged;
}

/** What the run made of it: it fills the action in anew and may find that it cannot. */
async function afterwards(parts: EngineParts, approvalId: ApprovalId): Promise<Edited> {
  const { rows } = await parts.database.query<{
    state: string;
    id: string | null;
    digest: string | null;
    expires_at: Date | null;
  }>(
    `select a.state, n.id, n.digest, ${expiresAt('n')} as expires_at
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
