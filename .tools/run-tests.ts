import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Program: `npm test`. Types, lint, then every vitest test. The last line is `N passed, N failed, N skipped`,
 * where the type check and the lint count as one each. With CI=true a skipped test is a failure.
 * Arguments go to vitest, and then only vitest runs.
 */

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');

function run(command: string, args: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(join(bin, command), args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` },
    });
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    // A signal is no result: it counts as a failure.
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function check(name: string, command: string, args: string[]): Promise<Count> {
  const code = await run(command, args);
  console.log(`${code === 0 ? 'passed' : 'FAILED'}: ${name}`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

interface Report {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

async function runVitest(args: string[]): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'riposte-report-'));
  const path = join(folder, 'report.json');
  try {
    const code = await run('vitest', [
      'run',
      '--config',
      '.vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${path}`,
      ...args,
    ]);
    return count(await readReport(path), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(path: string): Promise<Report | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    console.error(`vitest left no report: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function count(report: Report | null, code: number): Count {
  const counted: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report?.testResults ?? []) {
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counted.passed++;
      else if (test.status === 'failed') counted.failed++;
      else {
        counted.skipped++;
        console.log(`skipped: ${test.fullName}`);
      }
    }
    // A file that breaks before its first test has no test that could fail.
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'))
      counted.failed++;
  }
  // Something outside the tests: an unhandled error, something left behind, vitest itself.
  if (code !== 0 && counted.failed === 0) counted.failed++;
  if (counted.passed + counted.failed + counted.skipped === 0) counted.failed++;
  return counted;
}

const args = process.argv.slice(2);
const counts =
  args.length > 0
    ? [await runVitest(args)]
    : [
        await check('types', 'tsc', ['--noEmit', '-p', '.']),
        await check('types of the script', 'tsc', ['--noEmit', '-p', 'api/console/scripts']),
        await check('lint and format', 'biome', ['check', '--config-path', '.biome.json']),
        await runVitest([]),
      ];
const sum = (pick: (each: Count) => number): number => counts.reduce((total, each) => total + pick(each), 0);
const total: Count = {
  passed: sum((each) => each.passed),
  failed: sum((each) => each.failed),
  skipped: sum((each) => each.skipped),
};
if (process.env.CI === 'true' && total.skipped > 0) {
  console.log(`${total.skipped} skipped tests count as failed, because CI=true.`);
  total.failed += total.skipped;
  total.skipped = 0;
}
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
