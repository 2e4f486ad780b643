import type { CoverageReport } from './coverage-report.ts';

/** In words and numbers, for one line: `11 of 12 branches, 3 of 3 approvals`. Of what a playbook has none nothing is said. */
export function coverageWords(groups: CoverageReport['groups']): string {
  const named = (['branches', 'approvals'] as const).filter((group) => groups[group].total > 0);
  const shown = named.length > 0 ? named : (['steps'] as const);
  return shown.map((group) => `${groups[group].covered} of ${groups[group].total} ${group}`).join(', ');
}

/** `5 passed`, and what else there is. */
export function countWords({
  passed,
  failed,
  toRecord,
}: {
  passed: number;
  failed: number;
  toRecord: number;
}): string {
  return [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(toRecord > 0 ? [`${toRecord} to record`] : []),
  ].join(', ');
}
