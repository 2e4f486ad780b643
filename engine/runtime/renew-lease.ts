import type { Code } from '../../schemas/codes.ts';
import type { UndoId } from '../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { withdrawals } from './let-go.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { type Lease, lockLease, renew } from './store/queries/leases.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { sendLetters } from './store/queries/open-scopes.ts';
import type { Tx } from './store/sql.ts';

/** A person lets a containment stand longer (language reference 6): a decision with an entry of its own. */
export interface RenewInput {
  recordId: UndoId;
  /** From now on; or `untilMs`. */
  until: { forMs: number } | { untilMs: number };
  reason: string;
  actor: Actor;
  requestId: string;
}

export type Renewed = { ok: true; until: string } | { ok: false; code: Code; detail: string };

/** Longer than this nothing is time-boxed any more. */
const renewMaxMs = 90 * 24 * 3_600_000;

export async function renewLease(parts: EngineParts, input: RenewInput): Promise<Renewed> {
  const { answer, mail } = await parts.database.transaction((tx) => renewIn(tx, parts, input));
  parts.afterCommit({ entries: true, mail });
  return answer;
}

async function renewIn(
  tx: Tx,
  parts: EngineParts,
  input: RenewInput,
): Promise<{ answer: Renewed; mail: ScopeName[] }> {
  const { tenant } = parts;
  const lease = await lockLease(tx, tenant, input.recordId);
  const nowMs = await databaseNowMs(tx);
  const refuse = async (code: Code, detail: string) => {
    const entry: EntryDraft = {
      ...asked(input, lease),
      outcome: 'denied',
      code,
      data: { record: input.recordId.slice(0, 200), refused: detail },
    };
    await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
    return { answer: { ok: false as const, code, detail }, mail: [] };
  };
  if (lease === null) return refuse('request/not-found', 'there is no such lease');
  if (lease.state !== 'done')
    return refuse('request/conflict', `it is ${lease.state}; there is nothing left to renew`);
  const { until } = input;
  const untilMs = 'forMs' in until ? nowMs + until.forMs : until.untilMs;
  if (untilMs <= nowMs) return refuse('request/invalid', 'the new end lies in the past');
  if (untilMs - nowMs > renewMaxMs) return refuse('request/invalid', 'a lease is renewed by 90 days at most');
  await renew(tx, tenant, input.recordId, untilMs);
  // A question about its end is settled by this.
  const asking = lease.asked === null ? [] : [{ runId: lease.runId, path: lease.asked }];
  const mail = await sendLetters(tx, tenant, withdrawals(asking));
  const said = new Date(untilMs).toISOString();
  const entry: EntryDraft = {
    ...asked(input, lease),
    data: { record: input.recordId, before: lease.until.toISOString(), until: said },
  };
  await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
  return { answer: { ok: true, until: said }, mail };
}

function asked({ actor, reason, requestId }: RenewInput, lease: Lease | null) {
  return {
    type: 'lease.renewed' as const,
    actor,
    ...(lease !== null && { runId: lease.runId, step: lease.stepPath }),
    ...(lease?.target != null && { targets: [lease.target] }),
    reason,
    requestId,
  };
}
