import type { Code } from '../../../schemas/codes.ts';
import type { Plan } from '../contracts/plan.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CaseRequirement } from './case-requirement.ts';
import { belowThresholds } from './coverage-report.ts';
import type { PlayedCases } from './play-published.ts';

/* What an operator demands of the cases of a playbook before it may be published (`RIPOSTE_REQUIRE_CASES`). */

export interface Unmet {
  code: Code;
  detail: string;
  diagnostics: Diagnostic[];
}

/** Whom its author calls finished, or who acts without asking. */
export function needsCases({ mode, playbook }: Pick<Plan, 'mode' | 'playbook'>): boolean {
  return mode === 'enforce' || playbook.status === 'stable';
}

/**
 * The first thing that is missing; null when nothing is.
 * @param played null where no cases came along
 */
export function judgeRequirement(
  requirement: CaseRequirement | null,
  plan: Plan,
  source: { file: string; text: string },
  played: PlayedCases | null,
): Unmet | null {
  if (requirement === null || !needsCases(plan)) return null;
  if (played === null)
    return unmet(
      'it has to come with cases and none came along; write <name>.cases.yaml beside it and publish again',
    );
  const { counts, cases, problems, coverage } = played;
  const [problem] = problems;
  const first = cases.find(({ verdict }) => verdict !== 'passed');
  if (first !== undefined) {
    const [reason] = first.reasons;
    const wrong = counts.failed + counts.toRecord;
    const why = reason === undefined ? '' : ` (line ${reason.line}, ${reason.code})`;
    return unmet(
      `its cases have to pass and ${wrong} of ${cases.length} do not; the first is "${first.name}"${why}`,
    );
  }
  if (problem !== undefined)
    return unmet(
      `its cases have to be in order and are not: line ${problem.line}, ${problem.code}: ${problem.message}`,
    );
  const report = { ...source, playbook: plan.playbook.id, ...coverage };
  const below = belowThresholds(report, requirement.thresholds);
  const [lowest] = below;
  if (lowest === undefined) return null;
  const detail = `its cases reach too little of it: ${lowest.message.split('\n')[0]}`;
  return { code: 'case/coverage-below', detail, diagnostics: below };
}

function unmet(detail: string): Unmet {
  return { code: 'case/required', detail, diagnostics: [] };
}
