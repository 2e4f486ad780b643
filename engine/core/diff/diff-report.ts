import type { Risk } from './change.ts';
import type { LocatedChange, PlanDiff } from './diff-plans.ts';

/** Two versions of one playbook; `before` and `after` say where each was read, null when it is not there. */
export interface ComparedPlaybook extends PlanDiff {
  id: string;
  before: string | null;
  after: string | null;
}

/** The shape of `schemas/plan-diff.schema.json`: what is printed and what is answered are one. */
export interface DiffReport {
  schemaVersion: 1;
  counts: { [risk in Risk]: number };
  playbooks: ComparedPlaybook[];
}

export function diffReport(playbooks: ComparedPlaybook[]): DiffReport {
  return { schemaVersion: 1, counts: countRisks(playbooks.flatMap(({ changes }) => changes)), playbooks };
}

function countRisks(changes: readonly LocatedChange[]): DiffReport['counts'] {
  const count = (risk: Risk) => changes.filter((change) => change.risk === risk).length;
  return { bolder: count('bolder'), careful: count('careful'), neutral: count('neutral') };
}
