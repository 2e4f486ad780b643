import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdsTest, switchedOff } from './find-test.ts';

/*
 * The semantics of the language, row by row: the tables of its chapters 9.3 to 9.5 and the rules of 9.6 to
 * 9.14, each with the tests that fail when it is broken. `semantics.json` is the map: a test that is renamed
 * or removed takes its line there with it, knowingly. `file › title`, and behind a title that many files
 * share, `› <golden case>`.
 */

const tests = join(import.meta.dirname, '..');
const map = JSON.parse(readFileSync(join(import.meta.dirname, 'semantics.json'), 'utf8')) as {
  [section: string]: { [row: string]: string[] };
};

/** What is wrong with one line of the map; null when the test is there and runs. */
function faultOf(line: string): string | null {
  const [file = '', title, goldenCase] = line.split(' › ');
  const path = join(tests, file);
  if (title === undefined || !existsSync(path)) return 'no such file';
  const source = readFileSync(path, 'utf8');
  if (switchedOff(source)) return 'something in this file is switched off';
  if (!holdsTest(source, title)) return 'no such test';
  const folder = join(path, '..');
  const there =
    goldenCase === undefined || ['err', 'ok'].some((each) => existsSync(join(folder, each, goldenCase)));
  return there ? null : 'no such golden case';
}

it('every section of the tables and rules is here, in order', () => {
  const numbers = Object.keys(map).map((section) => section.split(' ')[0]);
  const wanted = Array.from({ length: 12 }, (_, index) => `9.${index + 3}`);
  expect([...new Set(numbers)]).toEqual(wanted);
});

it('no row is left without a test', () => {
  const rows = Object.values(map).flatMap((section) => Object.entries(section));
  expect(rows.filter(([, lines]) => lines.length === 0)).toEqual([]);
  expect(rows.length).toBeGreaterThan(150);
});

describe.each(Object.entries(map))('%s', (_section, rows) => {
  it.each(Object.entries(rows))('%s', (_row, lines) => {
    expect(lines.flatMap((line) => faultOf(line) ?? [])).toEqual([]);
  });
});

it('a line whose test is not there is noticed', () => {
  const golden = 'compile/golden.test.ts › $name is answered with the text beside it';
  expect(
    [
      'decide/nowhere.test.ts › is there',
      'decide/run-table.test.ts › is not there',
      'decide/run-table.test.ts',
      `${golden} › nothing.yaml`,
      `${golden} › call-cycle.out`,
    ].map(faultOf),
  ).toEqual(['no such file', 'no such test', 'no such file', 'no such golden case', null]);
});
