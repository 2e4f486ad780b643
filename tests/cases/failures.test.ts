import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codes } from '../../schemas/codes.ts';
import { goldenCases } from './golden.ts';

const golden = goldenCases();

describe('a case that fails', () => {
  it.each(golden)('$name is told with its place, as in the text beside it', ({ actual, expectedPath }) => {
    expect(actual).toBe(existsSync(expectedPath) ? readFileSync(expectedPath, 'utf8') : '(missing)');
  });

  it.each(golden)('$name shows what it is named after', ({ codes, name }) => {
    expect(codes).toContain(`case/${name.split('.')[0]}`);
  });
});

it('every code about cases that a file can bring about has a file that does', () => {
  const shown = new Set(golden.flatMap(({ codes }) => codes));
  // A file that names no playbook is the command's matter, and every wait of the language has an end:
  // `case/endless` is there for the day on which that is no longer true.
  // The last two are said by a server: tests/api/cases and tests/threats/T19-cases-bomb.
  const elsewhere = new Set<string>([
    ...['case/unknown-playbook', 'case/endless', 'case/required', 'case/not-played'],
  ]);
  const all = Object.keys(codes).filter((code) => code.startsWith('case/'));
  expect(all.filter((code) => !shown.has(code) && !elsewhere.has(code))).toEqual([]);
});
