import type { Code } from '../../schemas/codes.ts';
import type { UndoId } from '../../schemas/ids.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { withdrawals } from './let-go.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { lockLease, renew } from './store/queries/leases.ts';
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
  if (answer.ok) parts.afterCommit({ entries: true, mail });
  return answer;
}

async function renewIn(
  tx: Tx,
  parts: EngineParts,
  input: RenewInput,
): Promise<{ answer: Renewed; mail: ScopeName[] }> {
  const { tenant } = parts;
  const refuse = (code: Code, detail: string) => ({ answer: { ok: false as const, code, detail }, mail: [] });
  const lease = await lockLease(tx, tenant, input.recordId);
  if (lease === null) return refuse('request/not-found', 'there is no such lease');
  if (lease.state !== 'done')
    return refuse('request/conflict', `it is ${lease.state}; there is nothing left to renew`);
  const nowMs = await databaseNowMs(tx);
  const { until } = input;
  const untilMs = 'forMs' in until ? nowMs + until.forMs : until.untilMs;
  if (untilMs <= nowMs) return refuse('request/invalid', 'the new end lies in the past');
  if (untilMs - nowMs > renewMaxMs) return refuse('request/invalid', 'a lease is renewed by 90 days at most');
  await renew(tx, tenant, input.recordId, untilMs);
  // A question about its end is settled by this.
  const asking = lease.asked === null ? [] : [{ runId: lease.runId, path: lease.asked }];
  const mail = await sendLetters(tx, tenant, withdrawals(asking));
  const said = new Date(untilMs).toISOString();
  const entry = {
    type: 'lease.renewed' as const,
    actor: input.actor,
    runId: lease.runId,
    step: lease.stepPath,
    ...(lease.target === null ? {} : { targets: [lease.target] }),
    reason: input.reason,
    requestId: input.requestId,
    data: { record: input.recordId, before: lease.until.toISOString(), until: said },
  };
  await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
  return { answer: { ok: true, until: said }, mail };
}
