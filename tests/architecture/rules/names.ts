import { listOf } from '../read-module.ts';
import type { Tree, Violation } from '../read-tree.ts';

/** Names that say nothing of what a file knows (style section 2). */
const emptyNames = new Set(['util', 'utils', 'helper', 'helpers', 'type', 'types', 'common', 'misc', 'lib']);

/** The top level as it was drawn; what tools need lies in dot-files and dot-folders. */
const topLevel = [
  'engine',
  'playbooks',
  'actions',
  'schemas',
  'api',
  'examples',
  'tests',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];

export function checkTopLevel(tree: Tree): Violation[] {
  const found = new Set(tree.paths.map((path) => path.split('/')[0] ?? ''));
  const extra = [...found].filter((name) => !name.startsWith('.') && !topLevel.includes(name));
  const missing = topLevel.filter((name) => !found.has(name));
  return [
    ...extra.map((name) => ({ at: name, message: 'does not belong to the top level' })),
    ...missing.map((name) => ({ at: name, message: 'is missing at the top level' })),
  ];
}

export function checkEmptyNames(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const module of tree.modules) {
    for (const part of module.path.split('/')) {
      const name = part.split('.')[0] ?? '';
      if (emptyNames.has(name)) violations.push({ at: module.path, message: `"${name}" says nothing` });
    }
  }
  return violations;
}

/** A barrel hides who owns a thing, and ties knots of imports. */
export function checkBarrels(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const module of tree.modules) {
    const name = module.path.split('/').at(-1) ?? '';
    if (/^index\./.test(name)) violations.push({ at: module.path, message: 'is an index' });
    const statements = listOf(module.program.body);
    for (const statement of statements) {
      if (statement.type !== 'ExportAllDeclaration') continue;
      violations.push({ at: `${module.path}:${module.lineOf(statement)}`, message: 'exports all of a file' });
    }
    const handsOn = statements.every(
      (each) => each.type === 'ExportNamedDeclaration' && each.source !== null && each.source !== undefined,
    );
    if (statements.length > 0 && handsOn) violations.push({ at: module.path, message: 'only hands on' });
  }
  return violations;
}
