import type { Found } from './find-machines.ts';
import type { Simulation } from './report.ts';

/** The simulation for people, as lines. */
export function printSimulation(report: Simulation): string[] {
  const { plan, found, prices } = report;
  const { shape } = plan;
  const { played } = found;
  return [
    report.measuredOn,
    '',
    columns('predicted beside measured, of loads that did not calibrate', 'predicted', 'measured', 'error'),
    ...report.comparison.flatMap(({ load, rows, loadAverage }) => [
      `  ${load} (load average ${loadAverage.toFixed(1)})`,
      ...Object.entries(rows).map(([name, row]) =>
        columns(`  ${name}`, digits(row.predicted), digits(row.measured), signed(row.error)),
      ),
    ]),
    '',
    `${(plan.perSecond * 60).toFixed(0)} alerts a minute on ${found.machines} machines: each ${shape.cores} cores for PostgreSQL${shape.engineCores > 0 ? `, ${shape.engineCores} for` : ' and'} ${shape.engines} engine process${shape.engines > 1 ? 'es' : ''}; a commit ${digits(prices.commitMs)} ms, an action ${shape.actionMs} ms${plan.largest > 0 ? `, ${plan.largest * 100} % of all alerts on one of them` : ''}`,
    found.holds ? `holds; busiest: ${found.busiest}` : `does not hold; busiest: ${found.busiest}`,
    '',
    row('station', ['busy', 'batch', 'length', 'longest', 'wait ms', 'stay ms']),
    ...Object.entries(played.stations).map(([name, seen]) =>
      row(name, [
        `${(seen.utilisation * 100).toFixed(0)} %`,
        seen.meanBatch.toFixed(1),
        seen.meanLength.toFixed(1),
        String(seen.maxWaiting),
        seen.meanWaitMs.toFixed(1),
        seen.meanStayMs.toFixed(1),
      ]),
    ),
    row('cores', [`${(played.coresUtilisation * 100).toFixed(0)} %`]),
    ...(shape.engineCores > 0
      ? [row('engine cores', [`${(played.engineCoresUtilisation * 100).toFixed(0)} %`])]
      : []),
    '',
    row('alerts a second', [
      'ended/s',
      'first p50',
      'first p99',
      'end p50',
      'end p99',
      'refused',
      'unsealed',
      'holds',
    ]),
    ...[...report.breaks, found]
      .sort((one, other) => one.perSecond - other.perSecond)
      .map((each) => tried(each)),
  ];
}

function tried({ perSecond, holds, busiest, played }: Found): string {
  const { startMs, endMs } = played.latencies;
  return `${row(perSecond.toFixed(0), [
    played.throughputPerSecond.toFixed(0),
    startMs.p50.toFixed(0),
    startMs.p99.toFixed(0),
    endMs.p50.toFixed(0),
    endMs.p99.toFixed(0),
    String(played.refused),
    String(played.unsealed.after),
    holds ? 'yes' : 'no',
  ])}  ${busiest}`;
}

function columns(title: string, ...cells: string[]): string {
  return `${title.padEnd(60)}${cells.map((each) => each.padStart(11)).join('')}`;
}

function row(title: string, cells: string[]): string {
  return `  ${title.padEnd(18)}${cells.map((each) => each.padStart(10)).join('')}`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function signed(error: number): string {
  return `${error >= 0 ? '+' : ''}${(error * 100).toFixed(0)} %`;
}
