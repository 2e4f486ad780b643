import type { PlanPositions } from '../contracts/plan.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { indexLines, lineOf } from '../diagnostics/position.ts';
import { type CoverageGroup, type CoveragePoint, coveragePoints } from './coverage-points.ts';
import type { PlaybookUnderTest } from './playbook-under-test.ts';
import { coverageGroups, type Threshold } from './threshold.ts';

/** What the cases of one playbook have seen of it. */
export interface CoverageReport {
  file: string;
  text: string;
  playbook: string;
  groups: { [group in CoverageGroup]: { covered: number; total: number } };
  points: CoveredPoint[];
}

export interface CoveredPoint extends CoveragePoint {
  line: number;
  hits: number;
}

export function reportCoverage(
  under: PlaybookUnderTest,
  hits: readonly ReadonlyMap<string, number>[],
): CoverageReport {
  const { plan } = under.loaded;
  const points = coveragePoints(plan).map((point) => ({
    ...point,
    line: lineOfPoint(point, plan.guards, under.positions),
    hits: hits.reduce((sum, each) => sum + (each.get(point.id) ?? 0), 0),
  }));
  const count = (group: CoverageGroup) => {
    const mine = points.filter((point) => point.group === group);
    return { covered: mine.filter((point) => point.hits > 0).length, total: mine.length };
  };
  return {
    file: under.file,
    text: under.text,
    playbook: plan.playbook.id,
    groups: { steps: count('steps'), branches: count('branches'), approvals: count('approvals') },
    points,
  };
}

export function lineOfPoint(
  point: CoveragePoint,
  guards: readonly { id: string }[],
  positions: PlanPositions,
): number {
  const guard = guards.findIndex(({ id }) => point.at === `guards/${id}`);
  const at = guard === -1 ? point.at : `/guards/${guard}`;
  return positions[at]?.line ?? 1;
}

/** Of a group without points everything is covered: there is nothing to see. */
export function percent({ covered, total }: { covered: number; total: number }): number {
  return total === 0 ? 100 : (covered * 100) / total;
}

export function printCoverage(report: CoverageReport): string[] {
  const numbers = coverageGroups.map((group) => {
    const counted = report.groups[group];
    // Rounded down: 99.6 % must not look like all of it.
    return `${group} ${Math.floor(percent(counted))}% (${counted.covered}/${counted.total})`;
  });
  const missing = report.points.filter((point) => point.hits === 0);
  return [
    `  coverage  ${numbers.join('   ')}`,
    ...missing.map((point) => `    not seen  line ${point.line}  ${nameOf(point)}: ${point.what}`),
  ];
}

export function nameOf(point: Pick<CoveragePoint, 'at'>): string {
  return point.at.replace(/^run\//, '').replace(/^guards\//, 'guard ');
}

/** Shares below what is demanded, each at the first thing that no case has seen. */
export function belowThresholds(report: CoverageReport, thresholds: readonly Threshold[]): Diagnostic[] {
  return thresholds
    .filter(({ group, percent: least }) => percent(report.groups[group]) < least)
    .map(({ group, percent: least }) => {
      const counted = report.groups[group];
      const missing = report.points.filter((point) => point.group === group && point.hits === 0);
      const line = missing[0]?.line ?? 1;
      const snippet = lineOf(indexLines(report.text), line);
      const column = snippet.length - snippet.trimStart().length + 1;
      return {
        severity: 'error',
        code: 'case/coverage-below',
        file: report.file,
        line,
        column,
        endLine: line,
        endColumn: snippet.length + 1,
        path: '',
        message: [
          `${group} ${Math.floor(percent(counted))}% (${counted.covered}/${counted.total}), demanded ${least}%; no case has seen`,
          ...missing.map((point) => `line ${point.line}  ${nameOf(point)}: ${point.what}`),
        ].join('\n'),
        snippet,
        help: 'riposte test --suggest writes skeletons of the missing cases',
      };
    });
}
