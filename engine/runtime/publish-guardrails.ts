import { createHash } from 'node:crypto';
import type { Code } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Actor, EntryType } from '../core/contracts/entry.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import { compileGuardrails } from '../core/guard/compile-guardrails.ts';
import type { EngineParts } from './engine-parts.ts';
import { mayStill } from './first-of-two.ts';
import { lapseProposal } from './lapse-proposal.ts';
import { recordAudit } from './record-audit.ts';
import { readGuardrails } from './store/queries/guardrails-versions.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

/*
 * The operator's guardrails change by two people's word: one proposes a file, another one confirms it by
 * its digest. The first file of all comes into force at once, as it can only make things stricter.
 */

export interface ByPerson {
  actor: Actor;
  /** Null for service tokens, which neither propose nor confirm. */
  personId: string | null;
  requestId: string;
}

type Refused = { ok: false; code: Code; detail: string; diagnostics: Diagnostic[] };

export type Proposed =
  | { ok: true; state: 'in-force' | 'proposed' | 'unchanged'; version: number; digest: string }
  | Refused;

/** `version` is the one in force that the author saw, 0 when there was none. */
export async function publishGuardrails(
  parts: EngineParts,
  input: ByPerson & { source: string; file: string; version: number },
): Promise<Proposed> {
  const { personId } = input;
  // Before the lock, which every dispatch waits for: a file may be made to take its time.
  const compiled = compileGuardrails(input.source, { file: input.file });
  const answer = await parts.database.transaction(async (tx): Promise<Proposed> => {
    await lockGuardrails(tx);
    await lapseProposal(tx, parts);
    if (personId === null) return refuse(tx, parts, input, 'approval/needs-person', onlyPeople);
    const { current } = await readGuardrails(tx, parts.tenant);
    if ((current?.version ?? 0) !== input.version) {
      const detail = `version ${current?.version ?? 0} is in force now, not ${input.version}`;
      return refuse(tx, parts, input, 'request/stale', detail);
    }
    if (!compiled.ok) {
      const [first] = compiled.diagnostics;
      const detail = `the guardrails were not published: ${first?.message ?? 'they cannot be read'}`;
      const refused = await refuse(tx, parts, input, first?.code ?? 'request/invalid', detail);
      return { ...refused, diagnostics: compiled.diagnostics };
    }
    const digest = `sha256:${createHash('sha256').update(input.source).digest('hex')}`;
    if (current?.source === input.source)
      return { ok: true, state: 'unchanged', version: input.version, digest };
    const version = await nextVersion(tx, parts);
    const first = version === 1;
    await tx.query(
      `insert into guardrails_versions (tenant_id, version, digest, source, guardrails, proposed_by, in_force_at)
       values ($1, $2, $3, $4, $5, $6, case when $7 then clock_timestamp() end)`,
      [parts.tenant, version, digest, input.source, JSON.stringify(compiled.guardrails), personId, first],
    );
    await tx.query(
      `update guardrails_in_force set ${first ? 'version' : 'proposal'} = $2 where tenant_id = $1`,
      [parts.tenant, version],
    );
    await write(tx, parts, input, first ? 'guardrails.published' : 'guardrails.proposed', {
      version,
      digest,
    });
    return { ok: true, state: first ? 'in-force' : 'proposed', version, digest };
  });
  parts.afterCommit({ entries: true });
  return answer;
}

/** It holds two people, and somebody may be changing both of them. */
const twoPeople = { retries: 3 };

/** The second person says yes to exactly the file whose digest they name. */
export async function confirmGuardrails(
  parts: EngineParts,
  input: ByPerson & { digest: string },
): Promise<Proposed> {
  const { personId } = input;
  const answer = await parts.database.transaction(async (tx): Promise<Proposed> => {
    await lockGuardrails(tx);
    await lapseProposal(tx, parts);
    if (personId === null) return refuse(tx, parts, input, 'approval/needs-person', onlyPeople);
    if (!(await mayStill(tx, parts.tenant, personId, 'guardrails.publish')))
      return refuse(tx, parts, input, 'auth/forbidden', 'you may not change them any more');
    const { proposal } = await readGuardrails(tx, parts.tenant);
    if (proposal === null) {
      return refuse(tx, parts, input, 'request/conflict', 'nothing is proposed; nothing was changed');
    }
    const { version, digest } = proposal;
    if (digest !== input.digest) {
      const detail = 'another file is proposed than the one you name; read it and confirm again';
      return refuse(tx, parts, input, 'approval/digest-mismatch', detail);
    }
    if (proposal.proposedBy === personId) {
      const detail = 'whoever proposed the guardrails cannot confirm them; a second person has to';
      return refuse(tx, parts, input, 'approval/separation', detail);
    }
    if (!(await mayStill(tx, parts.tenant, proposal.proposedBy, 'guardrails.publish'))) {
      const detail = 'whoever proposed the guardrails may not change them any more; propose them again';
      return refuse(tx, parts, input, 'approval/separation', detail);
    }
    await tx.query(
      `update guardrails_versions set confirmed_by = $3, in_force_at = clock_timestamp()
       where tenant_id = $1 and version = $2`,
      [parts.tenant, version, personId],
    );
    await tx.query('update guardrails_in_force set version = $2, proposal = null where tenant_id = $1', [
      parts.tenant,
      version,
    ]);
    const first = proposal.proposedBy;
    await write(tx, parts, input, 'guardrails.published', { version, digest, proposed_by: first });
    return { ok: true, state: 'in-force', version, digest };
  }, twoPeople);
  parts.afterCommit({ entries: true });
  return answer;
}

export const onlyPeople = 'Only people change guardrails, and it takes two of them.';

/** Waits for the dispatches under way, as setting a stop does and for the same reason. */
export async function lockGuardrails(tx: Tx): Promise<void> {
  await tx.query('lock table guardrails_in_force in exclusive mode');
}

async function nextVersion(tx: Tx, { tenant }: EngineParts): Promise<number> {
  const { rows } = await tx.query<{ version: number }>(
    'select coalesce(max(version), 0) + 1 as version from guardrails_versions where tenant_id = $1',
    [tenant],
  );
  await tx.query('insert into guardrails_in_force (tenant_id) values ($1) on conflict do nothing', [tenant]);
  return rows[0]?.version ?? 1;
}

export async function refuse(
  tx: Tx,
  parts: EngineParts,
  input: ByPerson,
  code: Code,
  detail: string,
): Promise<Refused> {
  const entry = {
    type: 'guardrails.refused' as const,
    actor: input.actor,
    requestId: input.requestId,
    outcome: 'denied' as const,
    code,
    reason: detail.slice(0, 500),
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  return { ok: false, code, detail, diagnostics: [] };
}

export async function write(
  tx: Tx,
  parts: EngineParts,
  input: ByPerson & { reason?: string },
  type: Extract<EntryType, `guardrails.${string}`>,
  data: JsonObject,
): Promise<void> {
  const entry = {
    type,
    actor: input.actor,
    requestId: input.requestId,
    outcome: 'success' as const,
    ...(input.reason !== undefined && { reason: input.reason }),
    data,
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
}
