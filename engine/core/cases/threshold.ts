import type { CoverageGroup } from './coverage-points.ts';

/** How much of a group the cases of a playbook have to reach. */
export interface Threshold {
  group: CoverageGroup;
  percent: number;
}

export const coverageGroups: readonly CoverageGroup[] = ['steps', 'branches', 'approvals'];

/** Of `branches=90`; null when it is not one. */
export function parseThreshold(text: string): Threshold | null {
  const [, name, number] = /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const group = coverageGroups.find((each) => each === name);
  const percent = Number(number);
  return group === undefined || !(percent <= 100) ? null : { group, percent };
}
