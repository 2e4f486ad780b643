import { parseArgs } from 'node:util';
import { latencyRunsMax } from './raw-bullmq.ts';
import type { Settings } from './report.ts';

export interface Flags {
  json: boolean;
  backends: ('postgres' | 'redis')[];
  profileDir: string | null;
  statements: boolean;
  settings: Settings;
}

const full = { rounds: 3, runs: 1_000, waiting: 10_000 };
const quick = { rounds: 2, runs: 200, waiting: 300 };

/** Throws with what to write. */
export function readFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      statements: { type: 'boolean', default: false },
      backend: { type: 'string', default: 'both' },
      rounds: { type: 'string' },
      runs: { type: 'string' },
      waiting: { type: 'string' },
      'in-flight': { type: 'string', default: '64' },
      profile: { type: 'string' },
    },
  });
  const given = values.quick ? quick : full;
  const runs = whole('runs', values.runs, given.runs, 1);
  return {
    json: values.json,
    statements: values.statements,
    backends: backendsOf(values.backend),
    profileDir: values.profile ?? null,
    settings: {
      rounds: whole('rounds', values.rounds, given.rounds, 1),
      runs,
      inFlight: whole('in-flight', values['in-flight'], 64, 1),
      latencyRuns: Math.min(runs, latencyRunsMax),
      waiting: whole('waiting', values.waiting, given.waiting, 0),
    },
  };
}

function backendsOf(text: string): Flags['backends'] {
  if (text === 'both') return ['postgres', 'redis'];
  if (text === 'postgres' || text === 'redis') return [text];
  throw new TypeError('--backend is one of: postgres, redis, both');
}

function whole(flag: string, text: string | undefined, otherwise: number, min: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new TypeError(`--${flag} is a whole number of at least ${min}`);
  return value;
}
