import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { acceptedCases, refusedCases } from './golden.ts';

const accepted = acceptedCases();
const refused = refusedCases();

describe('golden plans', () => {
  it.each(accepted)(
    '$name compiles to the plan beside it, without a remark',
    ({ actual, codes, expectedPath }) => {
      expect(codes).toEqual([]);
      expect(actual).toBe(read(expectedPath));
    },
  );
});

describe('golden diagnostics', () => {
  it.each(refused)('$name is answered with the text beside it', ({ actual, expectedPath }) => {
    expect(actual).toBe(read(expectedPath));
  });

  it.each(refused)('$name gives exactly the one code it is named after', ({ codes, name }) => {
    expect(codes).toEqual([`compile/${name.split('.')[0]}`]);
  });
});

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '(missing: run npm run golden)';
}
