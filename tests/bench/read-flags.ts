import { parseArgs } from 'node:util';
import { latencyRunsMax } from './raw-bullmq.ts';
import { type Settings, works } from './report.ts';

export interface Flags {
  json: boolean;
  backends: ('postgres' | 'redis')[];
  profileDir: string | null;
  /** Where drawings of the profiles go, beside them. */
  flameDir: string | null;
  statements: boolean;
  settings: Settings;
}

const full = { rounds: 3, runs: 1_000, waiting: '1,100,10000' };
const quick = { rounds: 2, runs: 200, waiting: '300' };

/** Throws with what to write. */
export function readFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      statements: { type: 'boolean', default: false },
      work: { type: 'string', default: 'plain' },
      backend: { type: 'string', default: 'both' },
      rounds: { type: 'string' },
      runs: { type: 'string' },
      waiting: { type: 'string' },
      'in-flight': { type: 'string', default: '64' },
      profile: { type: 'string' },
      flame: { type: 'string' },
    },
  });
  const given = values.quick ? quick : full;
  const runs = whole('runs', values.runs, given.runs, 1);
  if (values.profile !== undefined && values.flame !== undefined && values.profile !== values.flame)
    throw new TypeError('--flame draws what it profiles: leave --profile out');
  return {
    json: values.json,
    statements: values.statements,
    backends: backendsOf(values.backend),
    profileDir: values.profile ?? values.flame ?? null,
    flameDir: values.flame ?? null,
    settings: {
      rounds: whole('rounds', values.rounds, given.rounds, 1),
      runs,
      work: workOf(values.work),
      inFlight: whole('in-flight', values['in-flight'], 64, 1),
      latencyRuns: Math.min(runs, latencyRunsMax),
      waiting: growing(values.waiting ?? given.waiting),
    },
  };
}

function workOf(text: string): Settings['work'] {
  const work = works.find((each) => each === text);
  if (work === undefined) throw new TypeError(`--work is one of: ${works.join(', ')}`);
  return work;
}

function backendsOf(text: string): Flags['backends'] {
  if (text === 'both') return ['postgres', 'redis'];
  if (text === 'postgres' || text === 'redis') return [text];
  throw new TypeError('--backend is one of: postgres, redis, both');
}

/** Numbers of waiting runs with commas between them, each larger than the one before; 0 alone is none. */
function growing(text: string): number[] {
  if (text === '0') return [];
  const points = text.split(',').map((each) => whole('waiting', each, 0, 1));
  if (points.some((each, at) => at > 0 && each <= (points[at - 1] ?? 0)))
    throw new TypeError('--waiting grows from one number to the next, as in 1,100,10000');
  return points;
}

function whole(flag: string, text: string | undefined, otherwise: number, min: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new TypeError(`--${flag} is a whole number of at least ${min}`);
  return value;
}
