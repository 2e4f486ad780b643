import { isNode, listOf, type Module, type SyntaxNode, walk } from '../read-module.ts';
import type { Tree, Violation } from '../read-tree.ts';

/** Written in parts, so that this file does not report itself. */
const silencers = [
  ['@ts', 'ignore'],
  ['@ts', 'nocheck'],
  ['@ts', 'expect', 'error'],
  ['biome', 'ignore'],
  ['eslint', 'disable'],
].map((parts) => parts.join('-'));

/** Nobody tells the compiler or the linter to look away. */
export function checkSilencers(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const module of tree.modules) {
    const generated = module.path.endsWith('.generated.ts');
    for (const [index, line] of module.text.split('\n').entries()) {
      const found = silencers.find((word) => line.includes(word));
      if (found !== undefined && !generated) {
        violations.push({ at: `${module.path}:${index + 1}`, message: `says ${found}` });
      }
    }
    walk(module.program, (node) => {
      if (node.type !== 'TSAnyKeyword') return;
      violations.push({ at: `${module.path}:${module.lineOf(node)}`, message: 'says any' });
    });
  }
  return violations;
}

const blocks = new Set(['it', 'test', 'describe', 'suite', 'bench']);
const switches = new Set(['skip', 'only', 'todo', 'fails']);
const oldSwitches = new Set(['xit', 'xtest', 'xdescribe', 'fit', 'fdescribe']);

/**
 * No test is switched off or runs alone. `skipIf` stays: a real server that the machine does not
 * have is reported as skipped, and CI counts that as a failure.
 */
export function checkSwitchedOff(tree: Tree): Violation[] {
  return tree.modules.filter((module) => module.path.startsWith('tests/')).flatMap(switchedOff);
}

function switchedOff(module: Module): Violation[] {
  const violations: Violation[] = [];
  const report = (node: SyntaxNode, word: string) =>
    violations.push({ at: `${module.path}:${module.lineOf(node)}`, message: `a test says ${word}` });
  walk(module.program, (node) => {
    if (node.type === 'MemberExpression') {
      const word = nameOf(node.property);
      if (switches.has(word) && blocks.has(rootOf(node))) report(node, word);
    }
    if (node.type !== 'CallExpression') return;
    const root = rootOf(node.callee);
    if (oldSwitches.has(root)) report(node, root);
    if (!blocks.has(root)) return;
    for (const argument of listOf(node.arguments)) {
      if (argument.type !== 'ObjectExpression') continue;
      for (const property of listOf(argument.properties)) {
        const word = nameOf(property.key);
        if (switches.has(word) && node.callee !== argument && isOptions(node, argument))
          report(property, word);
      }
    }
  });
  return violations;
}

/** The second argument of `it(name, options, body)`; anything in a table of cases is a case. */
function isOptions(call: SyntaxNode, argument: SyntaxNode): boolean {
  return listOf(call.arguments).indexOf(argument) === 1;
}

/** `it` in `it.each([...])(...)` and in `describe.concurrent.skip`. */
function rootOf(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'Identifier') return nameOf(node);
  if (node.type === 'MemberExpression') return rootOf(node.object);
  if (node.type === 'CallExpression') return rootOf(node.callee);
  if (node.type === 'TaggedTemplateExpression') return rootOf(node.tag);
  return '';
}

function nameOf(node: unknown): string {
  return isNode(node) ? String(node.name ?? node.value ?? '') : '';
}
