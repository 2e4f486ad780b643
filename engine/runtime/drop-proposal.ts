import type { EngineParts } from './engine-parts.ts';
import { lapseProposal } from './lapse-proposal.ts';
import {
  type ByPerson,
  lockGuardrails,
  onlyPeople,
  type Proposed,
  refuse,
  write,
} from './publish-guardrails.ts';
import { readGuardrails } from './store/queries/guardrails-versions.ts';

/**
 * Takes proposed guardrails off the table: their author withdraws them, anybody else who may confirm them
 * rejects them. One person's word is enough, since what is in force stays in force.
 */
export async function dropProposal(
  parts: EngineParts,
  input: ByPerson & { digest: string; reason: string },
): Promise<Proposed | { ok: true; state: 'withdrawn' | 'rejected'; version: number; digest: string }> {
  const { personId } = input;
  const answer = await parts.database.transaction(async (tx) => {
    await lockGuardrails(tx);
    await lapseProposal(tx, parts);
    if (personId === null) return refuse(tx, parts, input, 'approval/needs-person', onlyPeople);
    const { proposal } = await readGuardrails(tx, parts.tenant);
    if (proposal === null)
      return refuse(tx, parts, input, 'request/conflict', 'nothing is proposed; nothing was changed');
    const { version, digest, proposedBy } = proposal;
    if (digest !== input.digest) {
      const detail = 'another file is proposed than the one you name; nothing was changed';
      return refuse(tx, parts, input, 'approval/digest-mismatch', detail);
    }
    await tx.query(
      `update guardrails_versions set dropped_by = $3, dropped_at = clock_timestamp()
       where tenant_id = $1 and version = $2`,
      [parts.tenant, version, personId],
    );
    await tx.query('update guardrails_in_force set proposal = null where tenant_id = $1', [parts.tenant]);
    const state = proposedBy === personId ? ('withdrawn' as const) : ('rejected' as const);
    const about = { ...input, reason: input.reason };
    await write(tx, parts, about, `guardrails.${state}`, { version, digest, proposed_by: proposedBy });
    return { ok: true as const, state, version, digest };
  });
  parts.afterCommit({ entries: true });
  return answer;
}
