import type { CoverageReport, CoveredPoint } from './coverage-report.ts';

/*
 * Coverage in the form that editors and CI know: a line per step, a branch per point. Points of one
 * line are one block, in the order of the plan.
 */
export function coverageLcov(reports: readonly CoverageReport[]): string {
  return reports.map(recordOf).join('');
}

function recordOf(report: CoverageReport): string {
  const lines = new Map<number, number>();
  for (const point of report.points) {
    if (point.group === 'steps') lines.set(point.line, Math.max(point.hits, lines.get(point.line) ?? 0));
  }
  const branches = report.points.filter((point) => point.group !== 'steps');
  const rows = [
    'TN:',
    `SF:${report.file}`,
    ...numbered(branches).map(({ point, branch, reached }) => {
      // lcov tells a branch of a line that never ran from one that was never chosen.
      return `BRDA:${point.line},0,${branch},${reached ? point.hits : '-'}`;
    }),
    `BRF:${branches.length}`,
    `BRH:${branches.filter(({ hits }) => hits > 0).length}`,
    ...[...lines].sort(([a], [b]) => a - b).map(([line, hits]) => `DA:${line},${hits}`),
    `LF:${lines.size}`,
    `LH:${[...lines.values()].filter((hits) => hits > 0).length}`,
    'end_of_record',
  ];
  return `${rows.join('\n')}\n`;
}

function numbered(
  points: readonly CoveredPoint[],
): { point: CoveredPoint; branch: number; reached: boolean }[] {
  const next = new Map<number, number>();
  const reached = new Set(points.filter(({ hits }) => hits > 0).map(({ line }) => line));
  return points.map((point) => {
    const branch = next.get(point.line) ?? 0;
    next.set(point.line, branch + 1);
    return { point, branch, reached: reached.has(point.line) };
  });
}
