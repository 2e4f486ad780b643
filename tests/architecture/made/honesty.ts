import { good, type Made, one } from './made.ts';

export const madeSilencers: Made = {
  broken: [
    one(
      'a line the compiler skips',
      'api/a.ts',
      `// ${['@ts', 'ignore'].join('-')}\nexport const a = 1;`,
      'ignore',
    ),
    one(
      'a file the compiler skips',
      'api/a.ts',
      `// ${['@ts', 'nocheck'].join('-')}\nexport const a = 1;`,
      'nocheck',
    ),
    one(
      'an error that is expected',
      'tests/a.test.ts',
      `// ${['@ts', 'expect', 'error'].join('-')}`,
      'expect',
    ),
    one(
      'a line the linter skips',
      'tests/a.ts',
      `// ${['biome', 'ignore'].join('-')} lint: because`,
      'ignore',
    ),
    one('anything', 'engine/runtime/a.ts', 'export const a = (b: unknown) => b as any;', 'any'),
    one('anything in a list', 'engine/runtime/a.ts', 'export const a: any[] = [];', 'any'),
    one('anything in a test', 'tests/a.test.ts', 'export const a = <T = any>(b: T) => b;', 'any'),
  ],
  fine: [
    good('the word', 'api/a.ts', "// any of them\nexport const a = 'as any'; export const any = 1;"),
    good('unknown', 'api/a.ts', 'export const a = (b: unknown): b is string => true;'),
  ],
};

export const madeSwitchedOff: Made = {
  broken: [
    one('a skipped test', 'tests/a.test.ts', "it.skip('a', () => {});", 'skip'),
    one('a test that runs alone', 'tests/a.test.ts', "describe.only('a', () => {});", 'only'),
    one('a test to be written', 'tests/a.test.ts', "test.todo('a');", 'todo'),
    one('a test that may fail', 'tests/a.test.ts', "it.fails('a', () => {});", 'fails'),
    one('a skipped table', 'tests/a.test.ts', "it.skip.each([1])('a', () => {});", 'skip'),
    one('a skipped concurrent one', 'tests/a.test.ts', "describe.concurrent.skip('a', () => {});", 'skip'),
    one('a bracketed word', 'tests/a.test.ts', "it['only']('a', () => {});", 'only'),
    one('an option', 'tests/a.test.ts', "it('a', { skip: true }, () => {});", 'skip'),
    one('an old word', 'tests/a.test.ts', "xit('a', () => {});", 'xit'),
  ],
  fine: [
    good('a server that the machine lacks', 'tests/a.test.ts', "describe.skipIf(missing)('a', () => {});"),
    good('a case in a table', 'tests/a.test.ts', "it.each([{ skip: 1, only: 2 }])('a', ({ skip }) => skip);"),
    good('a query', 'tests/a.test.ts', "it('a', () => { query({ skip: 10, only: 'b' }); list.skip(2); });"),
  ],
};
