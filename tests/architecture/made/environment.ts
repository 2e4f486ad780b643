import { good, type Made, one } from './made.ts';

export const madeEnvironment: Made = {
  broken: [
    one('a variable read at a door', 'api/http/a.ts', 'export const a = process.env.SECRET;', 'environment'),
    one('the whole environment', 'engine/runtime/a.ts', 'export const a = process.env;', 'environment'),
    one('a name in brackets', 'actions/edr/a.ts', "export const a = process['env'];", 'environment'),
    one(
      'a computed name',
      'actions/edr/a.ts',
      'export const a = (b: string) => Reflect.get(process[b], b);',
      'environment',
    ),
    one('a pattern', 'examples/lab/a.ts', 'const { env } = process; export const a = env;', 'environment'),
    one(
      'a rest',
      'examples/lab/a.ts',
      'const { pid, ...rest } = process; export const a = [pid, rest];',
      'environment',
    ),
    one('another name for it', 'api/a.ts', 'const p = process; export const a = p;', 'environment'),
    one('an import', 'api/a.ts', "import { env } from 'node:process';", 'environment'),
    one('an import of all', 'api/a.ts', "import * as p from 'node:process';", 'environment'),
    one('an import under another name', 'api/a.ts', "import p from 'node:process';", 'environment'),
    one(
      'an imported process that is asked',
      'api/a.ts',
      "export const a = process.env.A; import process from 'node:process';",
      'environment',
    ),
    one('a test beside the set-up', 'tests/api/a.test.ts', 'export const a = process.env.CI;', 'environment'),
  ],
  fine: [
    good(
      'an imported process',
      'api/cli/a.ts',
      "import process from 'node:process'; export const a = process.argv;",
    ),
    good('the one file', 'api/process/config.ts', 'export const a = process.env;'),
    good('the set-up of tests', 'tests/support/a.ts', 'export const a = process.env.PATH;'),
    good('a tool', '.tools/a.ts', 'export const a = process.env.PATH;'),
    good(
      'the rest of the process',
      'engine/runtime/a.ts',
      'export const a = [process.pid, process.platform];',
    ),
    good(
      'an environment that was handed in',
      'api/cli/a.ts',
      'export const a = (env: { b: string }) => env.b;',
    ),
  ],
};
