import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';
import { readFlags } from './read-flags.ts';
import { type Report, works } from './report.ts';

const run = promisify(execFile);

/** Every number in a value, with the path that leads to it. */
function numbersIn(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => numbersIn(item, `${path}.${key}`));
}

test.each(works)(
  'a tiny run ends with the documented report, all of its numbers finite and positive (%s)',
  async (work) => {
    const flags = [
      '--quick',
      '--json',
      '--backend',
      'postgres',
      '--rounds',
      '1',
      '--runs',
      '5',
      '--waiting',
      '0',
      '--work',
      work,
    ];
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'run.ts'), ...flags], {
      // In the folder that is searched for what was left behind.
      env: { ...process.env, TMPDIR: await temporaryFolder() },
      timeout: 110_000,
    });
    const report = JSON.parse(stdout) as Report;
    expect(Object.keys(report)).toEqual(['version', 'machine', 'settings', 'ratios', 'waiting', 'skipped']);
    expect(report.settings).toEqual({
      rounds: 1,
      runs: 5,
      inFlight: 64,
      work,
      latencyRuns: 5,
      waiting: [],
    });
    const compared = report.ratios.postgres;
    expect(Object.keys(compared ?? {})).toEqual([
      'throughput',
      'startP50',
      'startP99',
      'endP50',
      'endP99',
      'unloaded',
      'cpu',
      'probe',
      'commitMs',
      'halfLoadPerSecond',
      'ours',
      'raw',
      'spread',
    ]);
    const numbers = numbersIn(compared);
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers.filter(([, value]) => !(Number.isFinite(value) && value > 0))).toEqual([]);
    expect(report).toMatchObject({ version: 2, ratios: { redis: null }, waiting: null, skipped: [] });
  },
  120_000,
);

test('flags say what to write when they are wrong', () => {
  expect(() => readFlags(['--backend', 'mysql'])).toThrow('postgres, redis, both');
  expect(() => readFlags(['--work', 'hard'])).toThrow('--work is one of: plain, usual, contain');
  expect(() => readFlags(['--runs', 'many'])).toThrow('--runs is a whole number of at least 1');
  expect(() => readFlags(['--waiting', '-1'])).toThrow();
  expect(() => readFlags(['--waiting', '100,1'])).toThrow('grows from one number to the next');
  expect(() => readFlags(['--profile', 'one', '--flame', 'other'])).toThrow('leave --profile out');
  expect(readFlags(['--waiting', '1,100,10000,100000']).settings.waiting).toEqual([1, 100, 10_000, 100_000]);
  expect(readFlags(['--flame', 'here'])).toMatchObject({ profileDir: 'here', flameDir: 'here' });
});
