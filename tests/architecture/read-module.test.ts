import { describe, expect, it } from 'vitest';
import { readModule } from './read-module.ts';
import { resolveImport } from './resolve-import.ts';

function importsOf(text: string, path = 'engine/core/run/decide.ts') {
  return readModule(path, text).imports.map(({ specifier, kind, how, line }) => ({
    specifier,
    kind,
    how,
    line,
  }));
}

describe('reading imports', () => {
  it.each([
    ["import { a } from './a.ts';", './a.ts', 'value', 'import'],
    ["import './a.ts';", './a.ts', 'value', 'import'],
    ["import type { A } from './a.ts';", './a.ts', 'type', 'import'],
    ["import { type A } from './a.ts';", './a.ts', 'value', 'import'],
    ["import * as a from './a.ts';", './a.ts', 'value', 'import'],
    ["import a from './a.json' with { type: 'json' };", './a.json', 'value', 'import'],
    ["export { a } from './a.ts';", './a.ts', 'value', 'export'],
    ["export type { A } from './a.ts';", './a.ts', 'type', 'export'],
    ["export * from './a.ts';", './a.ts', 'value', 'export'],
    ["const a = await import('./a.ts');", './a.ts', 'value', 'dynamic'],
    ['const a = import(`./a.ts`);', './a.ts', 'value', 'dynamic'],
    ["type A = import('./a.ts').A;", './a.ts', 'type', 'type-expression'],
    ["type A = typeof import('./a.ts');", './a.ts', 'type', 'type-expression'],
    ["function f(a: import('./a.ts').A): void {}", './a.ts', 'type', 'type-expression'],
    ["import a = require('./a.ts');", './a.ts', 'value', 'require'],
    ["const a = require('./a.ts');", './a.ts', 'value', 'require'],
    ["new Worker(new URL('./a.ts', import.meta.url));", './a.ts', 'value', 'url'],
    ["declare module './a.ts' { interface A { b: string } }", './a.ts', 'type', 'augmentation'],
  ])('finds %s', (text, specifier, kind, how) => {
    expect(importsOf(text)).toEqual([{ specifier, kind, how, line: 1 }]);
  });

  it('says that a computed import is one, without guessing where it leads', () => {
    expect(importsOf('const a = import(name);')).toEqual([
      { specifier: null, kind: 'value', how: 'dynamic', line: 1 },
    ]);
    expect(importsOf('const a = import(`./${name}.ts`);')[0]?.specifier).toBeNull();
  });

  it.each([
    ['a comment', "// import './a.ts';\n/* import './b.ts' */"],
    ['documentation', "/** {@link import('./a.ts').A} */ const a = 1;"],
    ['a text', 'const a = "import \'./a.ts\'";'],
    ['a template', "const a = `import './a.ts'`;"],
    ['a regular expression', "const a = /import('.\\/a.ts')/;"],
    ['a method that is called so', "loader.require('./a.ts');"],
  ])('finds no import in %s', (_, text) => {
    expect(importsOf(text)).toEqual([]);
  });

  it('counts lines as an editor does, whatever the text above is made of', () => {
    const text = "// Grüße 🛡️ 𝕏\n\nconst a = '𐍈';\nimport './a.ts'; // same line\nimport('./b.ts');\n";
    expect(importsOf(text).map((each) => each.line)).toEqual([4, 5]);
  });

  it('reads components too', () => {
    const text =
      "import { Card } from './card.tsx';\nexport const page = () => <Card>import './no.ts'</Card>;";
    expect(importsOf(text, 'api/console/page.tsx').map((each) => each.specifier)).toEqual(['./card.tsx']);
  });

  it('names what is imported as the other file exports it', () => {
    const text = "import all, { a as b, 'c-d' as e } from './a.ts';\nimport * as f from './f.ts';";
    expect(readModule('api/a.ts', text).imports.map((each) => each.names)).toEqual([
      ['default', 'a', 'c-d'],
      ['*'],
    ]);
  });
});

describe('resolving imports', () => {
  it.each([
    ['./a.ts', { kind: 'file', path: 'engine/core/run/a.ts' }],
    ['../../runtime/a.ts', { kind: 'file', path: 'engine/runtime/a.ts' }],
    ['./a.ts?raw', { kind: 'file', path: 'engine/core/run/a.ts' }],
    ['..', { kind: 'file', path: 'engine/core' }],
    ['node:fs/promises', { kind: 'builtin', name: 'node:fs/promises' }],
    ['xstate', { kind: 'package', name: 'xstate' }],
    ['ajv/dist/2020.js', { kind: 'package', name: 'ajv' }],
    ['@marcbachmann/cel-js/evaluator', { kind: 'package', name: '@marcbachmann/cel-js' }],
    ['fs', { kind: 'package', name: 'fs' }],
    ['#alias', { kind: 'hidden' }],
    ['/etc/a.ts', { kind: 'hidden' }],
    ['file:///etc/a.ts', { kind: 'hidden' }],
    ['data:text/javascript,1', { kind: 'hidden' }],
  ])('%s', (specifier, target) => {
    expect(resolveImport('engine/core/run/decide.ts', specifier)).toEqual(target);
  });
});
