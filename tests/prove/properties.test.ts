import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { proofCases } from './proof-cases.ts';

const violated = proofCases('violated');
const proven = proofCases('proven');

describe('a property that does not hold', () => {
  it.each(violated)(
    '$name is shown with the shortest path, as in the text beside it',
    ({ actual, expectedPath }) => {
      expect(actual).toBe(existsSync(expectedPath) ? readFileSync(expectedPath, 'utf8') : '(missing)');
    },
  );

  it.each(violated)('$name breaks the one property it is named after', ({ codes, name }) => {
    expect(codes).toEqual([`prove/${name.split('.')[0]}`]);
  });
});

describe('a property that holds', () => {
  it.each(proven)('$name has nothing to remark', ({ actual, compiled }) => {
    expect(compiled.ok).toBe(true);
    expect(actual).toBe('');
  });
});

it('every property has a playbook that keeps it and one that breaks it', () => {
  const names = (cases: typeof proven) => new Set(cases.map(({ name }) => name.split('.')[0]));
  expect(names(proven)).toEqual(names(violated));
  expect(names(proven).size).toBe(7);
});
