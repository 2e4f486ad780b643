import type { Tree, Violation } from '../read-tree.ts';
import { resolveImport } from '../resolve-import.ts';

/*
 * The table of style section 1: who may import whom. Imports point down, type imports included.
 * A file belongs to the first zone whose folder it lies in.
 */

interface Zone {
  folder: string;
  /** Folders it may import from, besides its own. */
  imports: string[];
}

/** `<system>` stands for the file's own system folder in `actions/`. */
const zones: Zone[] = [
  { folder: 'schemas/', imports: [] },
  { folder: 'engine/core/contracts/', imports: ['schemas/'] },
  { folder: 'engine/core/', imports: ['schemas/'] },
  { folder: 'actions/registry.ts', imports: ['actions/', 'engine/core/contracts/', 'schemas/'] },
  { folder: 'actions/create-probes.ts', imports: ['actions/', 'engine/core/contracts/', 'schemas/'] },
  { folder: 'actions/client/', imports: ['engine/core/contracts/', 'schemas/'] },
  { folder: 'actions/<system>/', imports: ['actions/client/', 'engine/core/contracts/', 'schemas/'] },
  { folder: 'engine/runtime/', imports: ['engine/core/', 'schemas/'] },
  // Starts on a Node that is too old for the rest, and installs the pinned one before it goes on.
  { folder: 'api/cli/riposte.mjs', imports: ['.tools/', 'api/cli/'] },
  // `npm start` brings its own outside world, in one file, so that leaving it out is a few lines.
  {
    folder: 'api/process/start.ts',
    imports: [
      'api/',
      'actions/',
      'engine/',
      'schemas/',
      'examples/lab/scenario.ts',
      'examples/lab/start-lab.ts',
    ],
  },
  { folder: 'api/', imports: ['actions/', 'engine/', 'schemas/'] },
  // A stand-in that shared code with the engine would agree with its mistakes.
  { folder: 'examples/lab/', imports: [] },
  { folder: 'examples/', imports: [] },
  // Evidence and tools stand outside the house: they see all of it, and nobody sees them.
  { folder: 'tests/', imports: [''] },
  { folder: '.', imports: [''] },
];

export function checkFloors(tree: Tree): Violation[] {
  const violations: Violation[] = tree.paths
    .filter((path) => path.startsWith('playbooks/') && !/\.(yaml|md)$/.test(path))
    .map((path) => ({ at: path, message: 'playbooks/ holds YAML and its README, no code' }));
  for (const module of tree.modules) {
    const zone = zoneOf(module.path);
    for (const each of module.imports) {
      const at = `${module.path}:${each.line}`;
      if (zone === null) {
        violations.push({ at, message: `${module.path} lies on no floor` });
        continue;
      }
      const seesAll = zone.imports.includes('');
      if (each.specifier === null) {
        if (!seesAll) violations.push({ at, message: 'a computed import: nobody can check where it leads' });
        continue;
      }
      const target = resolveImport(module.path, each.specifier);
      if (target.kind === 'hidden' && !seesAll) {
        violations.push({ at, message: `"${each.specifier}" hides where it leads; use a relative path` });
      }
      if (target.kind !== 'file') continue;
      if ([zone.folder, ...zone.imports].some((folder) => target.path.startsWith(folder))) continue;
      const allowed = [zone.folder, ...zone.imports].join(', ');
      violations.push({ at, message: `imports ${target.path}; from here only ${allowed}` });
    }
  }
  return violations;
}

function zoneOf(path: string): Zone | null {
  for (const zone of zones) {
    if (zone.folder.includes('<system>')) {
      const system = /^actions\/[^/]+\//.exec(path)?.[0];
      if (system !== undefined) return { folder: system, imports: zone.imports };
    } else if (path.startsWith(zone.folder)) {
      return zone;
    }
  }
  return null;
}
