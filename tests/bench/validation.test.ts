import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Measured } from './validation.ts';

const run = promisify(execFile);

test('the validation bench measures eighty actions and three hundred lines, each number finite and positive', async () => {
  const program = join(import.meta.dirname, 'validation.ts');
  const { stdout } = await run(process.execPath, [program, '--quick', '--json']);
  const report = JSON.parse(stdout) as { actions: number; lines: number; rows: Measured[] };
  expect(report.actions).toBe(80);
  expect(report.lines).toBeGreaterThanOrEqual(300);
  expect(report.rows.map(({ what }) => what.split(':')[0])).toEqual([
    'schema',
    'riposte check',
    'riposte check --prove',
    'YAML language server',
  ]);
  for (const { what, ...ms } of report.rows) {
    for (const value of Object.values(ms)) {
      expect(Number.isFinite(value), what).toBe(true);
      expect(value, what).toBeGreaterThan(0);
    }
  }
});
