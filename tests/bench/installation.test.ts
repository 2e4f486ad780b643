import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';
import type { InstallationReport } from './installation.ts';
import type { Memory } from './read-memory.ts';

const run = promisify(execFile);

/** What a program of this folder prints as JSON; it leaves nothing where files are searched for that were left. */
async function reportOf<Report>(program: string, flags: readonly string[]): Promise<Report> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, program), '--json', ...flags], {
    env: { ...process.env, TMPDIR: await temporaryFolder() },
    timeout: 110_000,
  });
  return JSON.parse(stdout) as Report;
}

test('a small and a larger installation, each with twice as many rules as playbooks', async () => {
  const flags = ['--sizes', '20,40', '--rounds', '1', '--alerts', '10'];
  const { sizes } = await reportOf<InstallationReport>('installation.ts', flags);
  expect(sizes).toMatchObject([
    { playbooks: 20, rules: 40 },
    { playbooks: 40, rules: 80 },
  ]);
  for (const { kinds } of sizes)
    for (const kind of [kinds.few, kinds.many, kinds.runs]) {
      expect(kind.alertsPerSecond).toBeGreaterThan(0);
      expect(kind.nodeMs).toBeGreaterThan(0);
      expect(kind.ratio.nodeMs).toBeGreaterThan(0);
    }
}, 120_000);

test('memory is read before the first run waits and when all of them do', async () => {
  const readings = await reportOf<(Memory & { waiting: number })[]>('memory.ts', [
    '--park',
    '6',
    '--readings',
    '2',
    '--warm',
    '3',
  ]);
  expect(readings.map(({ waiting }) => waiting)).toEqual([0, 3, 6]);
  for (const { rss, rssWithoutSpare, heapUsed, heapTotal } of readings) {
    expect(rss).toBeGreaterThanOrEqual(heapUsed);
    expect(rssWithoutSpare).toBeGreaterThan(heapUsed);
    expect(heapTotal).toBeGreaterThanOrEqual(heapUsed);
  }
}, 120_000);
