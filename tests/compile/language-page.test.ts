import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';

const whole = join(import.meta.dirname, '../schemas/playbooks');
const reduced = join(import.meta.dirname, 'ok');

describe('the playbooks of the language page', () => {
  it.each(readdirSync(whole))('%s compiles without a remark', (name) => {
    const { ok, diagnostics } = compile(readFileSync(join(whole, name), 'utf8'));
    expect(diagnostics).toEqual([]);
    expect(ok).toBe(true);
  });
});

describe('any text at all', () => {
  const texts = readdirSync(reduced)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(reduced, name), 'utf8'));
  const pieces = [
    '[]',
    '{}',
    'null',
    'true',
    '1e3',
    '""',
    '- ',
    'x: ',
    '${{',
    '}}',
    '"',
    '\n',
    '  ',
    '&a ',
    '*a',
    '#',
    '>-\n',
    '\u0000',
    '😂',
  ];

  it('is answered with a plan or with an error inside the file, never with a throw', () => {
    const cut = fc.record({ at: fc.nat(), drop: fc.nat(12), put: fc.constantFrom(...pieces, '') });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(cut, { minLength: 1, maxLength: 3 }), (text, cuts) => {
        const broken = cuts.reduce((before, { at, drop, put }) => {
          const place = at % before.length;
          return before.slice(0, place) + put + before.slice(place + drop);
        }, text);
        const result = compile(broken);
        const lines = broken.split('\n').length;
        for (const { line, column } of result.diagnostics) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThan(0);
        }
        expect(result.ok).toBe(!result.diagnostics.some(({ severity }) => severity === 'error'));
      }),
      { numRuns: 60 },
    );
  });
});
