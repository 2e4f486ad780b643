import type { Vote } from '../core/approval/judge-approval.ts';
import { type GlassRecord, judgeBreakGlass, peopleWith } from '../core/approval/judge-break-glass.ts';
import type { PasskeyProof } from '../core/approval/passkey-proof.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { type ApprovalRow, countTakenBack, endApproval, insertDecision, readVotes } from './approval-rows.ts';
import { type AtApproval, type Coming, comeToApproval, type TurnedAway } from './come-to-approval.ts';
import { evidenceOf, shareEvidence, standingProof } from './decision-evidence.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { insertGlassNotices } from './store/queries/notices.ts';
import type { Tx } from './store/sql.ts';

/*
 * Somebody decides alone. What follows is what follows from any yes, and whoever reviews it later finds a row
 * that nothing can change.
 */

export interface BreakGlassInput extends Coming {
  digest: string;
  reason: string;
  /** When the session began; null when it is a token's word. */
  signedInAtMs: number | null;
  /** The person's key signed what they break it for. */
  proof?: PasskeyProof | null;
}

export type Broken = { ok: true; repeated: boolean } | TurnedAway;

export function breakGlass(parts: EngineParts, advancer: Advancer, input: BreakGlassInput): Promise<Broken> {
  return comeToApproval<Broken>(parts, advancer, input, async (at) => {
    const { tx, row, nowMs } = at;
    const record = await readRecord(tx, parts.tenant, input);
    const votes = await readVotes(tx, parts.tenant, input.approvalId);
    const proof = await standingProof(tx, parts.tenant, { ...input, decision: 'break-glass' });
    const said = { ...input, signedInAtMs: proof?.provedAtMs ?? input.signedInAtMs };
    const verdict = judgeBreakGlass(at.question, votes, await at.voter(), record, said, nowMs);
    switch (verdict.kind) {
      case 'refuse':
        return { ...verdict, data: { decision: 'break-glass', severity: 'high' } };
      case 'repeat':
        return { kind: 'said', answer: { ok: true, repeated: true }, events: [], entries: [] };
      case 'break': {
        await write(tx, parts, input, votes, proof);
        const by = peopleWith(at.question, votes, input.personId ?? '');
        const events = [grantOf(input, row, by, nowMs + parts.executeWithinMs)];
        const entries = [entryOf(at, input, proof)];
        return { kind: 'said', answer: { ok: true, repeated: false }, events, entries };
      }
    }
  });
}

function grantOf(
  { approvalId, reason }: BreakGlassInput,
  row: ApprovalRow,
  by: string[],
  executeBeforeMs: number,
): RunEvent {
  return {
    type: 'approval.granted',
    ref: row.step_path,
    approvalId,
    by,
    comment: reason.trim(),
    executeBeforeMs,
  };
}

async function write(
  tx: Tx,
  parts: EngineParts,
  input: BreakGlassInput,
  votes: readonly Vote[],
  proof: PasskeyProof | null,
): Promise<void> {
  const { approvalId, personId } = input;
  const reason = input.reason.trim();
  // Who has said yes before, with too few others, keeps that yes.
  if (!votes.some(({ voter }) => voter.personId === personId)) {
    const number = 1 + (await countTakenBack(tx, parts.tenant, input));
    const decision = { ...input, decision: 'approve', comment: reason, number } as const;
    await insertDecision(tx, parts.tenant, parts.mint('DecisionId'), decision);
  }
  await tx.query(
    'insert into break_glass (tenant_id, approval_id, person_id, reason, shared) values ($1, $2, $3, $4, $5)',
    [
      parts.tenant,
      approvalId,
      personId,
      reason,
      proof === null ? null : await shareEvidence(tx, parts.tenant, proof),
    ],
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
function entryOf({ row, about }: AtApproval, input: BreakGlassInput, proof: PasskeyProof | null): EntryDraft {
  const excluded = row.excluded.includes(input.personId ?? '');
  const data = {
    severity: 'critical',
    quorum: row.quorum,
    glass_quorum: row.glass_quorum,
    approvers: row.approvers,
    excluded,
    ...(proof !== null && evidenceOf(proof)),
  };
  return { type: 'approval.break-glass', ...about, outcome: 'success', reason: input.reason.trim(), data };
}
