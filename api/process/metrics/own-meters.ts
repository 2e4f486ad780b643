import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Meters } from '../../../engine/core/contracts/meters.ts';

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
  return {
    registry,
    meters: {
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
