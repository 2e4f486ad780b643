import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId, RunId } from '../../schemas/ids.ts';
import { type Glass, judgeReview, type Review } from '../core/approval/judge-review.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { type Person, readVoter } from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

/* Another person looks at what somebody decided alone. It takes nothing back; undo does. */

export interface ReviewInput extends Review, Person {
  approvalId: ApprovalId;
  requestId: string;
}

export type Reviewed = { ok: true; repeated: boolean } | { ok: false; code: Code; detail: string };

interface Row extends Glass {
  run_id: RunId;
  step_path: string;
  digest: string;
}

export async function reviewBreakGlass(parts: EngineParts, input: ReviewInput): Promise<Reviewed> {
  const { tenant } = parts;
  const { approvalId, finding } = input;
  const comment = input.comment.trim();
  let committed: (() => Promise<void>) | undefined;
  const reviewed = await parts.database.transaction<Reviewed>(async (tx) => {
    committed = undefined;
    const row = await lockGlass(tx, tenant, input);
    if (row === null)
      return { ok: false, code: 'request/not-found', detail: 'nobody decided about this alone' };
    const verdict = judgeReview(row, await readVoter(tx, tenant, input), input);
    if (verdict.kind === 'repeat') return { ok: true, repeated: true };
    if (verdict.kind === 'review') {
      await tx.query(
        `insert into break_glass_reviews (tenant_id, approval_id, reviewed_by, finding, comment)
         values ($1, $2, $3, $4, $5)`,
        [tenant, approvalId, input.personId, finding, comment],
      );
    }
    const about = {
      actor: input.actor,
      runId: row.run_id,
      step: row.step_path,
      approvalId,
      planDigest: row.digest,
      requestId: input.requestId,
      data: { finding, of: row.personId },
    };
    const entry: EntryDraft =
      verdict.kind === 'review'
        ? { type: 'approval.break-glass-reviewed', ...about, outcome: 'success', reason: comment }
        : {
            type: 'approval.refused',
            ...about,
            outcome: 'denied',
            code: verdict.code,
            reason: verdict.detail,
          };
    const refused = verdict.kind === 'review' ? null : parts.told.refused(entry, input);
    committed = refused?.committed;
    await recordAudit(tx, tenant, await databaseNowMs(tx), refused?.entries ?? [entry], parts.mint);
    if (verdict.kind === 'review') return { ok: true, repeated: false };
    return { ok: false, code: verdict.code, detail: verdict.detail };
  });
  await committed?.();
  parts.afterCommit({ attempts: false, entries: true, freedGroups: [], soonestDueMs: null });
  return reviewed;
}

async function lockGlass(tx: Tx, tenant: string, { approvalId, personId }: ReviewInput): Promise<Row | null> {
  // First the lock, then the look: the statement that waited for it still sees what stood before.
  await tx.query('select 1 from approvals where tenant_id = $1 and id = $2 for update', [tenant, approvalId]);
  // Both people, in one order: of two who review each other in the same instant the second sees the first.
  await tx.query(
    `select 1 from people where tenant_id = $1 and id in ($2, (select g.person_id from break_glass g
       where g.tenant_id = $1 and g.approval_id = $3)) order by id for no key update`,
    [tenant, personId, approvalId],
  );
  const { rows } = await tx.query<Row>(
    `select g.person_id as "personId", r.reviewed_by as "reviewedBy", r.finding, a.run_id, a.step_path, a.digest,
       break_glass_mutual($1, g.person_id, $3) as mutual
     from break_glass g
     join approvals a on a.tenant_id = g.tenant_id and a.id = g.approval_id
     left join break_glass_reviews r on r.tenant_id = g.tenant_id and r.approval_id = g.approval_id
     where g.tenant_id = $1 and g.approval_id = $2`,
    [tenant, approvalId, personId],
  );
  return rows[0] ?? null;
}
