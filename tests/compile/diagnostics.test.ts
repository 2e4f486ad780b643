import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isScalar, parseDocument, stringify } from 'yaml';
import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { mapScalar, type ScalarStyle } from '../../engine/core/diagnostics/map-scalar.ts';
import { nearestName } from '../../engine/core/diagnostics/nearest-name.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { compile, playbookWith, remarks, tell } from './compile.ts';

const styles: Record<string, ScalarStyle> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

describe('the place of an expression inside a scalar', () => {
  it.each([
    ['plain', 'key: alert.x == 1\n'],
    ['plain over two lines', 'key: alert.a &&\n  alert.x == 1\n'],
    ['single quoted', "key: 'it''s alert.x'\n"],
    ['double quoted', 'key: "tab\\t \\u00e4 alert.x"\n'],
    ['double quoted with a joined line', 'key: "some \\\n    text alert.x"\n'],
    ['folded', 'key: >-\n  alert.a\n  && alert.x\n'],
    ['folded with a blank line', 'key: >\n  alert.a\n\n  alert.x\n'],
    ['folded with a deeper line', 'key: >-\n  alert.a\n    deeper\n  alert.x\n'],
    ['literal', 'key: |\n  alert.a\n\n  alert.x\n'],
    ['literal with CRLF', 'key: |\r\n  alert.a\r\n  alert.x\r\n'],
  ])('is found in a %s scalar', (_, text) => {
    expect(text.slice(...found(text, 'alert.x'))).toBe('alert.x');
  });

  it('is never wrong: every character maps to itself or to the whole scalar', () => {
    const word = fc.constantFrom(
      'a',
      'b ',
      "it's",
      '"q"',
      '\n',
      '\n\n',
      '  deep',
      'ä',
      '😂',
      '\t',
      ': ',
      '#',
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.constantFrom(...Object.keys(styles)),
        (words, type) => {
          const value = words.join('');
          const text = stringify({ key: value }, { defaultStringType: type as 'PLAIN', lineWidth: 20 });
          const scalar = scalarOf(text);
          for (let index = 0; index < scalar.value.length; index++) {
            const span = mapScalar(text, scalar, { start: index, end: index + 1 });
            const written = text.slice(span.start, span.end);
            const isWhole = span.start === scalar.at.start && span.end === scalar.at.end;
            const character = scalar.value.charAt(index);
            if (!isWhole && !/\s/.test(character) && written.length === 1) expect(written).toBe(character);
          }
        },
      ),
    );
  });
});

describe('printed diagnostics', () => {
  it('show place, code, line, mark, first definition and help', () => {
    const text = playbookWith(tell('one', 'Hello') + tell('one', 'Again'));
    expect(printDiagnostics(compile(text).diagnostics)).toBe(`playbook.yaml:17:9 error compile/duplicate-id
  the step id "one" is used twice
17 |   - id: one
   |         ^^^
  seen:  playbook.yaml:14:9  step "one" is defined here
  doc:   riposte explain compile/duplicate-id
`);
  });

  it('cannot be made to move the cursor by a hostile file', () => {
    const printed = printDiagnostics(compile('title: \u001b[2Jgone\n').diagnostics);
    expect(printed).toContain('compile/bad-yaml');
    expect(printed).not.toContain('\u001b');
  });

  it('have colour only when asked for', () => {
    const { diagnostics } = compile('a: 1\n');
    expect(printDiagnostics(diagnostics, { colour: true })).toContain('\u001b[31m');
    expect(printDiagnostics(diagnostics)).not.toContain('\u001b');
  });

  it('are counted in the machine form', () => {
    const { diagnostics } = compile(playbookWith(tell('one', 'Hello', '    if: "true"\n')));
    expect(diagnosticsJson(diagnostics)).toMatchObject({
      schemaVersion: 1,
      counts: { error: 0, warning: 1, info: 0 },
    });
  });
});

describe('a comment of the author', () => {
  const step = tell('one', 'Hello', '    if: "true" # HERE\n');

  it('answers a warning on its line or the line below', () => {
    expect(remarks(playbookWith(step))).toEqual(['17:10 compile/constant-condition']);
    expect(
      remarks(playbookWith(step.replace('HERE', 'riposte-ignore compile/constant-condition: drill'))),
    ).toEqual([]);
    const above = step.replace('    if:', '    # riposte-ignore compile/constant-condition: drill\n    if:');
    expect(remarks(playbookWith(above))).toEqual([]);
  });

  it('needs a reason, and the right code', () => {
    expect(
      remarks(playbookWith(step.replace('HERE', 'riposte-ignore compile/constant-condition:'))),
    ).toHaveLength(1);
    expect(
      remarks(playbookWith(step.replace('HERE', 'riposte-ignore compile/missing-default: drill'))),
    ).toHaveLength(1);
  });

  it('cannot silence an error', () => {
    const wrong = tell('one', 'Hello', '    if: "1" # riposte-ignore compile/expression-type: no\n');
    expect(remarks(playbookWith(wrong))).toEqual(['17:10 compile/expression-type']);
  });
});

describe('the nearest name', () => {
  it('forgives a slip and does not guess wildly', () => {
    expect(nearestName('isoalte', ['release', 'isolate'])).toBe('isolate');
    expect(nearestName('acton', ['action', 'approval'])).toBe('action');
    expect(nearestName('zebra', ['action', 'approval'])).toBeNull();
  });
});

function scalarOf(text: string) {
  const node = parseDocument(text).get('key', true);
  if (!isScalar(node) || !node.range) throw new Error(`no scalar in ${JSON.stringify(text)}`);
  const [start, end] = node.range;
  return { at: { start, end }, style: styles[node.type ?? 'PLAIN'] ?? 'plain', value: String(node.value) };
}

function found(text: string, part: string): [number, number] {
  const scalar = scalarOf(text);
  const start = scalar.value.indexOf(part);
  const span = mapScalar(text, scalar, { start, end: start + part.length });
  return [span.start, span.end];
}
