import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { countEntry, countedWords } from '../../../engine/core/audit/count-entry.ts';
import type { Entry } from '../../../engine/core/contracts/entry.ts';
import type { CountedFigure, Meters } from '../../../engine/core/contracts/meters.ts';

/** Seconds: from a look-up in memory to an attempt's default time limit. */
const buckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What this process counts of its own work, with what Node says of itself. */
export function createOwnMeters(): { meters: Meters; registry: Registry } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'riposte_http_requests_total',
    help: 'Requests answered, by route of the API; "page" is the console, "none" an address that is not there.',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'riposte_http_request_seconds',
    help: 'Time until a request was answered, without streams.',
    labelNames: ['method', 'route'] as const,
    buckets,
    registers,
  });
  const attempts = new Counter({
    name: 'riposte_attempts_total',
    help: 'Attempts that this worker has brought to an end, by action, purpose and outcome.',
    labelNames: ['action', 'purpose', 'outcome'] as const,
    registers,
  });
  const attemptSeconds = new Histogram({
    name: 'riposte_attempt_seconds',
    help: 'How long targets took for an attempt of this worker.',
    labelNames: ['system'] as const,
    buckets,
    registers,
  });
  const committed = createCommittedCounters(registers);
  return {
    registry,
    meters: {
      counted({ figure, labels }) {
        committed[figure].inc(labels);
      },
      attempted({ action, purpose }, outcome, seconds) {
        attempts.inc({ action, purpose, outcome });
        attemptSeconds.observe({ system: action.slice(0, action.indexOf('.')) }, seconds);
      },
      answered({ method, route, status }, seconds) {
        requests.inc({ method, route, status });
        if (seconds !== null) requestSeconds.observe({ method, route }, seconds);
      },
    },
  };
}

const figures: Readonly<Record<CountedFigure, readonly [name: string, help: string]>> = {
  alerts: ['riposte_alerts_total', 'Alerts that this process has taken or refused.'],
  runs: ['riposte_runs_ended_total', 'Runs that this process has brought to their end, by outcome and mode.'],
  approvals: [
    'riposte_approvals_ended_total',
    'Questions to people that this process has brought to their end.',
  ],
  undos: [
    'riposte_undos_total',
    'Effects of which this process has written down what became of taking them back.',
  ],
};

/** From zero on, all of them: a figure that begins with its first event hides it from whoever asks for the increase. */
function createCommittedCounters(registers: Registry[]): Record<CountedFigure, Counter> {
  const counters = Object.entries(figures).map(([figure, [name, help]]) => {
    const words = Object.entries(countedWords[figure as CountedFigure]);
    const counter = new Counter({ name, help, labelNames: words.map(([label]) => label), registers });
    for (const labels of every(words)) counter.inc(labels, 0);
    return [figure, counter];
  });
  return Object.fromEntries(counters);
}

function every(words: readonly (readonly [string, readonly string[]])[]): { [label: string]: string }[] {
  return words.reduce<{ [label: string]: string }[]>(
    (some, [label, each]) => some.flatMap((labels) => each.map((word) => ({ ...labels, [label]: word }))),
    [{}],
  );
}

/** Each process counts what it committed itself, so a sum over processes is right. */
export function countCommitted(meters: Meters): (entries: readonly Entry[]) => void {
  return (entries) => {
    for (const entry of entries) {
      const what = countEntry(entry);
      if (what !== null) meters.counted(what);
    }
  };
}
