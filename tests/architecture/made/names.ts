import { good, type Made, one } from './made.ts';

const drawn = Object.fromEntries(
  [
    'engine/README.md',
    'playbooks/README.md',
    'actions/README.md',
    'schemas/README.md',
    'api/README.md',
    'examples/README.md',
    'tests/README.md',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
  ].map((path) => [path, '']),
);

export const madeTopLevel: Made = {
  broken: [
    {
      why: 'a new folder',
      files: { ...drawn, 'scripts/a.ts': '' },
      at: ['scripts'],
      message: 'does not belong',
    },
    {
      why: 'a new file',
      files: { ...drawn, 'notes.md': '' },
      at: ['notes.md'],
      message: 'does not belong',
    },
    {
      why: 'a folder that is gone',
      files: Object.fromEntries(Object.entries(drawn).filter(([path]) => !path.startsWith('playbooks/'))),
      at: ['playbooks'],
      message: 'missing',
    },
  ],
  fine: [{ why: 'dot-files and dot-folders beside it', files: { ...drawn, '.ci/run': '', '.npmrc': '' } }],
};

export const madeNames: Made = {
  broken: [
    { why: 'utils', files: { 'api/utils.ts': '' }, at: ['api/utils.ts'], message: 'utils' },
    {
      why: 'helpers of a test',
      files: { 'tests/helpers.ts': '' },
      at: ['tests/helpers.ts'],
      message: 'helpers',
    },
    { why: 'types', files: { 'engine/core/types.ts': '' }, at: ['engine/core/types.ts'], message: 'types' },
    {
      why: 'types that only declare',
      files: { 'api/types.d.ts': '' },
      at: ['api/types.d.ts'],
      message: 'types',
    },
    {
      why: 'a common folder',
      files: { 'actions/common/a.ts': '' },
      at: ['actions/common/a.ts'],
      message: 'common',
    },
  ],
  fine: [good('words inside of a name', 'engine/core/compile/check-types.ts', '')],
};

export const madeBarrels: Made = {
  broken: [
    {
      why: 'an index',
      files: { 'actions/edr/index.ts': 'export const a = 1;' },
      at: ['actions/edr/index.ts'],
      message: 'index',
    },
    one('all of a file', 'api/a.ts', "export * from './b.ts'; export const a = 1;", 'exports all'),
    one(
      'all of a file under a name',
      'api/a.ts',
      "export * as b from './b.ts'; export const a = 1;",
      'exports all',
    ),
    {
      why: 'a file that only hands on',
      files: { 'api/a.ts': "export { b } from './b.ts';\nexport type { C } from './c.ts';" },
      at: ['api/a.ts'],
      message: 'only hands on',
    },
  ],
  fine: [
    good('a file that owns what it exports', 'api/a.ts', 'export const a = 1;\nexport type A = typeof a;'),
    good('a declaration of an index', 'api/index-of.ts', 'export const indexOf = 1;'),
  ],
};
