import type { Latencies } from './raw-bullmq.ts';
import type { ReadMs } from './read-waiting.ts';
import type { Comparison, Figures, Report, Waiting, WaitingPoint } from './report.ts';

/** The report for people, as lines. */
export function printReport(report: Report): string[] {
  const { machine, settings } = report;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${gib(machine.memoryBytes)} · ${machine.os} · Node ${machine.node} · PostgreSQL ${machine.postgres} · Redis ${machine.redis ?? 'none'} · load before ${machine.loadBefore.toFixed(1)}`,
    `${settings.rounds} rounds of ${settings.runs} ${settings.work === 'plain' ? '' : `${settings.work} `}runs, ${settings.inFlight} in flight; ${settings.latencyRuns} runs per latency; medians of the rounds; ratio = ours ÷ raw BullMQ`,
    ...(['postgres', 'redis'] as const).flatMap((name) => {
      const comparison = report.ratios[name];
      return comparison === null ? [] : ['', ...compared(name, comparison)];
    }),
    ...(report.waiting === null ? [] : ['', ...waiting(report.waiting)]),
    ...(report.skipped.length === 0 ? [] : ['', ...report.skipped.map((why) => `skipped: ${why}`)]),
  ];
}

function compared(name: string, comparison: Comparison): string[] {
  const { ours, raw, spread } = comparison;
  const row = (title: string, pick: (figures: Figures) => number, digits = 2, ratio?: number): string =>
    line(
      title,
      pick(ours).toFixed(digits),
      pick(raw).toFixed(digits),
      (ratio ?? pick(ours) / pick(raw)).toFixed(2),
    );
  const four = (
    title: string,
    pick: (figures: Figures) => Latencies,
    ratios?: { startP50: number; startP99: number; endP50: number; endP99: number },
  ): string[] => [
    row(`${title}: alert to first effect, p50, ms`, (f) => pick(f).startMs.p50, 2, ratios?.startP50),
    row(`${title}: alert to first effect, p99, ms`, (f) => pick(f).startMs.p99, 2, ratios?.startP99),
    row(`${title}: alert to end, p50, ms`, (f) => pick(f).endMs.p50, 2, ratios?.endP50),
    row(`${title}: alert to end, p99, ms`, (f) => pick(f).endMs.p99, 2, ratios?.endP99),
  ];
  const cpu = (part: 'postgres' | 'redis'): string[] =>
    ours.cpuMsPerRun[part] === null && raw.cpuMsPerRun[part] === null
      ? []
      : [line(`CPU of ${part}, ms per run`, fixed(ours.cpuMsPerRun[part]), fixed(raw.cpuMsPerRun[part]), '')];
  return [
    line(`queues in ${name}`, 'ours', 'raw', 'ratio'),
    row('three-step runs per second', (f) => f.throughputPerSecond, 0, comparison.throughput),
    line(
      'the same beside a bare group commit',
      ours.throughputPerSecond.toFixed(0),
      comparison.probe.throughputPerSecond.toFixed(0),
      comparison.probe.throughput.toFixed(2),
    ),
    line('a commit on this disk, ms', comparison.commitMs.toFixed(2), '', ''),
    ...four('unloaded', (f) => f.unloaded, comparison.unloaded),
    ...four(`at ${comparison.halfLoadPerSecond.toFixed(0)}/s`, (f) => f.halfLoad, comparison),
    ...four('saturated', (f) => f.saturated),
    row('CPU of Node, ms per run', (f) => f.cpuMsPerRun.node),
    ...cpu('postgres'),
    ...cpu('redis'),
    line('CPU in all', '', '', comparison.cpu.toFixed(2)),
    row('memory of the process, MiB', (f) => f.rssBytes / 2 ** 20, 0),
    line('SQL statements per run', ours.statementsPerRun.toFixed(1), '', ''),
    line('transactions per run', ours.transactionsPerRun.toFixed(2), '', ''),
    `  ratios of the rounds: throughput ${range(spread.throughput)}, first effect p50 ${range(spread.startP50)}, p99 ${range(spread.startP99)}`,
  ];
}

function waiting({ empty, points }: Waiting): string[] {
  type Point = Waiting['points'][number];
  const all = (title: string, without: (point: WaitingPoint) => number, digits = 0): string =>
    line(title, ...[empty, ...points].map((point) => without(point).toFixed(digits)));
  const beside = (title: string, pick: (point: Point) => number, digits = 0): string =>
    line(title, '', ...points.map((point) => pick(point).toFixed(digits)));
  const reads = Object.keys(points[0]?.readMs ?? {}) as (keyof ReadMs)[];
  return [
    line('runs that wait for approval', '0', ...points.map(({ runs }) => String(runs))),
    all('engine started, ms', (point) => point.startMs),
    all('first effect after the start, ms', (point) => point.firstEffectMs),
    all('memory of a started process, MiB', (point) => point.rssBytes / 2 ** 20),
    all('three-step runs per second', (point) => point.throughputPerSecond),
    beside('put into the wait, runs per second', (point) => point.parkedPerSecond),
    beside('database, bytes per waiting run', (point) => point.bytesPerRun),
    ...reads.map((name) => beside(`${name.replace(/Ms$/, '')}, ms`, (point) => point.readMs[name], 2)),
  ];
}

function line(title: string, ...columns: string[]): string {
  return `  ${title.padEnd(44)}${columns.map((each) => each.padStart(10)).join('')}`.trimEnd();
}

function fixed(value: number | null): string {
  return value === null ? '' : value.toFixed(2);
}

function range([low, high]: [number, number]): string {
  return `${low.toFixed(2)} to ${high.toFixed(2)}`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(0)} GiB`;
}
