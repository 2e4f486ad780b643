import { isIdentifier, isNode, listOf, type SyntaxNode, textOf, walk } from '../read-module.ts';
import type { Tree, Violation } from '../read-tree.ts';

/*
 * The environment is read in one place, which says what is wrong with it. Tools and the set-up of
 * tests look for programs and decide what they may install, and the tests that start the command or the server hand a
 * `PATH` to their child process; they are named here.
 */
const readers = [
  'api/process/config.ts',
  'tests/support/',
  'tests/cli/',
  'tests/process/',
  'tests/bench/',
  'tests/fault/',
  'tests/generated/',
  'tests/decide/random-schedules',
  'tests/decide/known-moves.test.ts',
  'tests/threats/T27-malicious-dependency.test.ts',
  '.',
];

export function checkEnvironment(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const module of tree.modules) {
    if (readers.some((reader) => module.path.startsWith(reader))) continue;
    walk(module.program, (node, parent, field) => {
      if (node.type === 'ImportDeclaration' && importsEnv(node)) {
        violations.push(read(module.path, module.lineOf(node)));
      }
      if (isIdentifier(node, 'process') && readsEnv(parent, field)) {
        violations.push(read(module.path, module.lineOf(node)));
      }
    });
  }
  return violations;
}

function read(path: string, line: number): Violation {
  return { at: `${path}:${line}`, message: 'reads the environment; that is api/process/config.ts alone' };
}

/** `process` under its own name is no secret: what is read of it is seen where it is read. */
function importsEnv(node: SyntaxNode): boolean {
  const source = textOf(node.source);
  if (source !== 'node:process' && source !== 'process') return false;
  return listOf(node.specifiers).some((each) =>
    each.type === 'ImportSpecifier' ? nameOf(each.imported) === 'env' : nameOf(each.local) !== 'process',
  );
}

function readsEnv(parent: SyntaxNode | null, field: string): boolean {
  if (parent?.type === 'MemberExpression' && field === 'object') {
    const name = parent.computed === true ? textOf(parent.property) : nameOf(parent.property);
    return name === 'env' || name === null;
  }
  if (parent?.type === 'VariableDeclarator' && field === 'init' && isNode(parent.id)) {
    return parent.id.type !== 'ObjectPattern' || takesEnv(parent.id);
  }
  return false;
}

function takesEnv(pattern: SyntaxNode): boolean {
  return listOf(pattern.properties).some(
    (property) => property.type === 'RestElement' || nameOf(property.key) === 'env',
  );
}

function nameOf(node: unknown): string | null {
  return isNode(node) && typeof node.name === 'string' ? node.name : null;
}
