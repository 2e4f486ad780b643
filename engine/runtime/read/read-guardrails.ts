import type { TenantId } from '../../../schemas/ids.ts';
import { readGuardrails as readVersions } from '../store/queries/guardrails-versions.ts';
import type { Sql } from '../store/sql.ts';
import { type BudgetItem, listBudgets } from './list-budgets.ts';
import { timeOf } from './time.ts';

export interface GuardrailsItem {
  /** 0: none is in force, so only playbooks say what may be done. */
  version: number;
  source: string;
  digest: string | null;
  proposedBy: string | null;
  confirmedBy: string | null;
  inForceAt: string | null;
  /** Its limits, and how much of each is spent now. */
  budgets: BudgetItem[];
  proposal: {
    version: number;
    source: string;
    digest: string;
    proposedBy: string;
    proposedAt: string;
  } | null;
}

/** The guardrails in force, and those that wait for a second person. */
export async function readGuardrails(sql: Sql, tenant: TenantId): Promise<GuardrailsItem> {
  const { current, proposal } = await readVersions(sql, tenant);
  return {
    version: current?.version ?? 0,
    source: current?.source ?? '',
    digest: current?.digest ?? null,
    proposedBy: current?.proposedBy ?? null,
    confirmedBy: current?.confirmedBy ?? null,
    inForceAt: timeOf(current?.inForceAt ?? null),
    budgets: await listBudgets(sql, tenant, current?.version ?? 0),
    proposal:
      proposal === null
        ? null
        : {
            version: proposal.version,
            source: proposal.source,
            digest: proposal.digest,
            proposedBy: proposal.proposedBy,
            proposedAt: timeOf(proposal.proposedAt),
          },
  };
}
