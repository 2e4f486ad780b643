import { good, type Made, one } from './made.ts';

export const madeFloors: Made = {
  broken: [
    one('words that think', 'schemas/a.ts', "import '../engine/core/run/decide.ts';", 'schemas/'),
    one(
      'a core that acts',
      'engine/core/run/a.ts',
      "import '../../runtime/b.ts';",
      'imports engine/runtime/b.ts',
    ),
    one(
      'a core that knows a type of the floor above',
      'engine/core/run/a.ts',
      "import type { B } from '../../runtime/b.ts';",
      'imports engine/runtime/b.ts',
    ),
    one(
      'a type expression that points up',
      'engine/core/run/a.ts',
      "export type A = import('../../runtime/b.ts').B;",
      'imports engine/runtime/b.ts',
    ),
    one(
      'a dynamic import that points up',
      'engine/runtime/a.ts',
      "export const a = () => import('../../api/b.ts');",
      'imports api/b.ts',
    ),
    one(
      'contracts that need the core',
      'engine/core/contracts/a.ts',
      "import '../run/b.ts';",
      'engine/core/run/b.ts',
    ),
    one(
      'an engine that knows actions',
      'engine/runtime/a.ts',
      "import '../../actions/registry.ts';",
      'actions/registry.ts',
    ),
    one(
      'an action that knows the engine',
      'actions/edr/a.ts',
      "import '../../engine/core/run/b.ts';",
      'engine/core/run/b.ts',
    ),
    one(
      'an action that knows the runtime',
      'actions/edr/a.ts',
      "import '../../engine/runtime/b.ts';",
      'engine/runtime/b.ts',
    ),
    one(
      'an action of another system',
      'actions/edr/isolate/a.ts',
      "import '../../mail/client/b.ts';",
      'actions/mail/client/b.ts',
    ),
    one(
      'a shared client that knows a system',
      'actions/client/a.ts',
      "import '../edr/client/b.ts';",
      'actions/edr/client/b.ts',
    ),
    one(
      'an action that knows the registry',
      'actions/edr/a.ts',
      "import '../registry.ts';",
      'actions/registry.ts',
    ),
    one(
      'a lab that agrees with the engine',
      'examples/lab/a.ts',
      "import '../../schemas/b.ts';",
      'schemas/b.ts',
    ),
    one(
      'a lab that agrees with an action',
      'examples/lab/a.ts',
      "import '../../actions/b.ts';",
      'actions/b.ts',
    ),
    one(
      'a server that carries the lab',
      'api/http/a.ts',
      "import '../../examples/lab/start-lab.ts';",
      'examples/lab/start-lab.ts',
    ),
    one('a server that leans on tests', 'api/a.ts', "import '../tests/support/b.ts';", 'tests/support/b.ts'),
    one(
      'an import that nobody can follow',
      'engine/runtime/a.ts',
      'export const a = (b: string) => import(b);',
      'computed',
    ),
    one('an alias', 'actions/edr/a.ts', "import '#engine/run';", 'hides'),
    {
      why: 'code among playbooks',
      files: { 'playbooks/phishing/a.ts': 'export const a = 1;', 'playbooks/a.yaml': '' },
      at: ['playbooks/phishing/a.ts'],
      message: 'no code',
    },
    one('code that lies nowhere', 'scripts/a.ts', "import './b.ts';", 'lies on no floor'),
  ],
  fine: [
    good('a core that knows the words', 'engine/core/run/a.ts', "import '../../../schemas/ids.ts';"),
    good(
      'an action with its client',
      'actions/edr/isolate/a.ts',
      "import '../client/b.ts'; import '../../client/c.ts';",
    ),
    good('an action with contracts', 'actions/edr/a.ts', "import '../../engine/core/contracts/action.ts';"),
    good('a registry that knows every action', 'actions/registry.ts', "import './edr/isolate/action.ts';"),
    good('a runtime that asks the core', 'engine/runtime/store/a.ts', "import '../../core/run/decide.ts';"),
    good(
      'doors that know all below',
      'api/process/a.ts',
      "import '../../engine/runtime/a.ts'; import '../../actions/registry.ts';",
    ),
    good(
      'tests that see everything',
      'tests/a/b.test.ts',
      "import '../../examples/lab/a.ts'; import '../../api/a.ts';",
    ),
    good('a tool that sees everything', '.tools/a.ts', "import '../api/process/config.ts';"),
    good(
      'words in a comment',
      'schemas/a.ts',
      "// import '../engine/core/a.ts'\nexport const a = 'import \"../api/b.ts\"';",
    ),
    good(
      'a launcher that installs first',
      'api/cli/riposte.mjs',
      "import '../../.tools/install-missing.mjs'; import('./riposte.ts');",
    ),
    good('a playbook with its cases', 'playbooks/phishing/quarantine.cases.yaml', ''),
  ],
};
