import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { readYaml } from '../../engine/core/compile/read-yaml.ts';
import { formatFile } from '../../engine/core/format/format-file.ts';
import { commentsOf } from '../../engine/core/format/same-meaning.ts';
import { stepKeys } from '../../engine/core/format/shape.ts';
import playbookSchema from '../../schemas/playbook-v1.schema.json' with { type: 'json' };
import { testRegistry } from '../compile/manifests.ts';
import { choices, spoilLayout } from './spoil-layout.ts';

const root = join(import.meta.dirname, '../..');

function yamlUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file) && !/\.cases\.ya?ml$/.test(file))
    .map((file) => join(root, folder, file));
}

const files = [
  ...yamlUnder('playbooks'),
  ...yamlUnder('tests/compile/ok'),
  ...yamlUnder('tests/schemas/playbooks'),
];

function format(text: string): string {
  const formatted = formatFile(text, { file: 'a.yaml' });
  if (!formatted.ok) throw new Error(JSON.stringify(formatted.diagnostics));
  return formatted.text;
}

const catalogues = [manifestsOf(createRegistry()), testRegistry];

function digest(text: string): string | null {
  for (const registry of catalogues) {
    const compiled = compilePlaybook(text, { file: 'a.yaml', registry });
    if (compiled.ok) return compiled.digest;
  }
  return null;
}

describe.each(files)('%s', (file) => {
  const text = readFileSync(file, 'utf8');

  test('formatted twice is formatted once, with the same plan and the same comments', () => {
    const once = format(text);
    expect(format(once)).toBe(once);
    expect(digest(once)).toBe(digest(text));
    expect(commentsOf(once)).toEqual(commentsOf(text));
  });
});

test('however a playbook is laid out, its canonical form is stable and has the same plan', () => {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const compilable = texts.filter((text) => digest(text) !== null);
  expect(compilable.length).toBeGreaterThan(4);
  fc.assert(
    fc.property(fc.constantFrom(...texts), choices, (text, choose) => {
      const spoilt = spoilLayout(text, choose);
      // Folding a quoted text far to the right, the YAML library writes "undefined" into it.
      // And a fold may eat a blank: only what still says the same may be asked to stay the same.
      fc.pre(readYaml(spoilt).problems.length === 0 && digest(spoilt) === digest(text));
      const once = format(spoilt);
      expect(format(once)).toBe(once);
      expect(commentsOf(once)).toEqual(commentsOf(spoilt));
      expect(digest(once)).toBe(digest(text));
    }),
    { numRuns: 60 },
  );
}, 60_000);

describe('the canonical form', () => {
  const wrap = (steps: string) => `kind: playbook/v1\n\nsteps:\n${steps}`;

  test('has keys in one order, and a comment moves with its key', () => {
    expect(
      format(
        wrap(`  - # what goes wrong
    on_error: continue
    # what it does
    action: chat.post-message
    x-own: 1
    id: tell # who it is
`),
      ),
    ).toBe(
      wrap(`  - id: tell # who it is
    # what it does
    action: chat.post-message
    # what goes wrong
    on_error: continue
    x-own: 1
`),
    );
  });

  test('keeps the order of what the author names: inputs, variables, branches, arguments', () => {
    const text = wrap(`  - id: both
    parallel:
      zeta: []
      alpha: []
  - set: { z: 1, a: 2 }
`);
    expect(format(text).replace('\n\n  - set', '\n  - set')).toBe(text);
  });

  test('takes a wrapping ${{ }} off fields that are expressions, and off no others', () => {
    const formatted = format(
      wrap(`  - id: a
    if: \${{ inputs.a == 1 }}
    action: x.y
    with: { text: "\${{ inputs.a }}" }
`),
    );
    expect(formatted).toContain('    if: inputs.a == 1\n');
    expect(formatted).toContain('with: { text: "${{ inputs.a }}" }');
  });

  test('folds a long expression at its outermost conditions', () => {
    const long =
      'inputs.first == "one && two" && (inputs.second || inputs.third) && size(inputs.fourth.items) > inputs.largest';
    expect(
      format(wrap(`  - id: a\n    if: ${JSON.stringify(long)}\n    action: x.y\n`)),
    ).toContain(`    if: >-
      inputs.first == "one && two"
      && (inputs.second || inputs.third)
      && size(inputs.fourth.items) > inputs.largest
`);
  });

  test('breaks no template apart and joins what fits', () => {
    const text = `words that fill the line until nothing more fits into it at all, \${{ inputs.something + " " + inputs.other }}`;
    const formatted = format(wrap(`  - id: a\n    action: x.y\n    with:\n      text: '${text}'\n`));
    expect(formatted).toContain(`      text: >-
        words that fill the line until nothing more fits into it at all,
        \${{ inputs.something + " " + inputs.other }}
`);
    expect(format(wrap('  - id: a\n    action: >-\n      x.y\n'))).toContain('    action: x.y\n');
  });

  test('quotes templates in flow maps with double quotes where nothing needs escaping', () => {
    const formatted = format(
      wrap(`  - { id: a, action: x.y, with: { a: '\${{ b }}', c: '\${{ "d" }}' } }\n`),
    );
    expect(formatted).toContain(`{ a: "\${{ b }}", c: '\${{ "d" }}' }`);
  });

  test('writes a flow map that does not fit, or holds a comment, as a block', () => {
    const long = 'x'.repeat(70);
    expect(format(wrap(`  - { id: a, action: x.y, with: { text: ${long}, more: ${long} } }\n`))).toBe(
      wrap(`  - id: a\n    action: x.y\n    with:\n      text: ${long}\n      more: ${long}\n`),
    );
    expect(format(wrap('  - { id: a, # why\n      action: x.y }\n'))).toBe(
      wrap('  - id: a # why\n    action: x.y\n'),
    );
  });

  test('has a blank line above each section and between the steps', () => {
    expect(
      format('kind: playbook/v1\nvars: {\n a: [1,\n  2]}\nsteps:\n- id: a\n- id: b\n\n\n- id: c\n'),
    ).toBe('kind: playbook/v1\nvars: { a: [1, 2] }\n\nsteps:\n  - id: a\n\n  - id: b\n\n  - id: c\n');
  });

  test('has the modeline on line one, its own or the one that is given', () => {
    const own = '# yaml-language-server: $schema=./mine.json';
    const schemaOf = (kind: string) => `../${kind}.json`;
    const formatted = formatFile(`# Licence\n${own}\nkind: playbook/v1\n`, { file: 'a', schemaOf });
    expect(formatted).toEqual({ ok: true, text: `${own}\n# Licence\nkind: playbook/v1\n` });
    expect(formatFile('kind: cases/v1\n', { file: 'a', schemaOf })).toEqual({
      ok: true,
      text: '# yaml-language-server: $schema=../cases.json\nkind: cases/v1\n',
    });
    expect(formatFile('kind: other\n', { file: 'a', schemaOf })).toEqual({ ok: true, text: 'kind: other\n' });
  });

  test('takes nothing off an expression that is text where it is aliased', () => {
    const text = `kind: playbook/v1
id: shared
vars:
  one: 1
steps:
  - id: tell
    if: &same "\${{ vars.one == 1 }}"
    action: chat.post-message
    with: { channel: soc, text: *same }
  - id: again
    if: "\${{ vars.one == 1 }}"
    action: chat.post-message
    with: { channel: soc, text: x }
`;
    const formatted = formatFile(text, { file: 'shared.yaml' });
    if (!formatted.ok) throw new Error('it is formatted');
    expect(formatted.text).toContain(`if: &same \${{ vars.one == 1 }}\n`);
    expect(formatted.text).toContain('if: vars.one == 1\n');
  });

  test('keeps an alias below its anchor, so that such a file keeps its order', () => {
    const text = 'kind: playbook/v1\n\nsteps:\n  - if: &same a == b\n    id: a\n\n  - if: *same\n    id: b\n';
    expect(format(text)).toBe(text);
  });

  test('knows every field of a step', () => {
    expect([...stepKeys].sort()).toEqual(Object.keys(playbookSchema.$defs.step.properties).sort());
  });
});

test.each([
  ['steps: [', 'compile/bad-yaml'],
  ['with: { a: ${{ b }} }', 'compile/unquoted-template'],
  ['a: 1\na: 2', 'compile/duplicate-key'],
  ['%YAML 1.1\n---\na: on', 'compile/bad-yaml'],
  ['a: 1\n---\nb: 2', 'compile/bad-yaml'],
])('%j is refused with its place and not touched', (text, code) => {
  const formatted = formatFile(text, { file: 'bad.yaml' });
  expect(formatted).toMatchObject({ ok: false, diagnostics: [{ file: 'bad.yaml', code }] });
});
