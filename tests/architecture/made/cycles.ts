import type { Made } from './made.ts';

export const madeCycles: Made = {
  broken: [
    {
      why: 'two files that need each other',
      files: { 'api/a.ts': "import './b.ts';", 'api/b.ts': "import './a.ts';" },
      at: ['api/a.ts'],
      message: 'api/a.ts → api/b.ts → api/a.ts',
    },
    {
      why: 'a round of types alone',
      files: {
        'api/a.ts': "import type { B } from './b.ts'; export type A = B;",
        'api/b.ts': "export type B = import('./c.ts').C;",
        'api/c.ts': "import type { A } from './a.ts'; export type C = A;",
      },
      at: ['api/a.ts'],
      message: 'api/a.ts → api/b.ts → api/c.ts → api/a.ts',
    },
    {
      why: 'a round through a dynamic import',
      files: { 'api/a.ts': "export const a = () => import('./b.ts');", 'api/b.ts': "import './a.ts';" },
      at: ['api/a.ts'],
      message: 'api/a.ts → api/b.ts → api/a.ts',
    },
    {
      why: 'a file that needs itself',
      files: { 'api/a.ts': "import './a.ts';" },
      at: ['api/a.ts'],
      message: 'api/a.ts → api/a.ts',
    },
    {
      why: 'the shortest way round, and two knots apart',
      files: {
        'api/a.ts': "import './b.ts'; import './d.ts';",
        'api/b.ts': "import './c.ts';",
        'api/c.ts': "import './a.ts';",
        'api/d.ts': "import './a.ts';",
        'api/y.ts': "import './z.ts'; import './a.ts';",
        'api/z.ts': "import './y.ts';",
      },
      at: ['api/a.ts', 'api/y.ts'],
      message: '.ts → api/',
    },
  ],
  fine: [
    {
      why: 'two ways to the same file',
      files: {
        'api/a.ts': "import './b.ts'; import './c.ts';",
        'api/b.ts': "import './d.ts';",
        'api/c.ts': "import './d.ts';",
        'api/d.ts': '',
      },
    },
    { why: 'a file that is not there', files: { 'api/a.ts': "import './not-yet.ts';" } },
  ],
};
