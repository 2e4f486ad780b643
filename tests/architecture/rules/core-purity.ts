import { isIdentifier, isNode, type Module, type SyntaxNode, walk } from '../read-module.ts';
import type { Tree, Violation } from '../read-tree.ts';
import { resolveImport } from '../resolve-import.ts';

/*
 * `engine/core` is thought: no clock, no randomness, no I/O, no timers, no process. What it may take
 * from the runtime is named here, one function at a time.
 */
const allowedNames: { [builtin: string]: string[] } = {
  'node:crypto': ['createHash', 'createPublicKey', 'hash', 'timingSafeEqual', 'verify'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6', 'BlockList'],
  'node:buffer': ['Buffer', 'isUtf8'],
};

/** Forbidden wherever they stand, as a local name too: a reader must not have to look which one is meant. */
const forbiddenGlobals = new Set([
  'process',
  'console',
  'fetch',
  'performance',
  'crypto',
  'randomUUID',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'globalThis',
  'navigator',
  'eval',
  'Function',
  'WebSocket',
  'EventSource',
  'BroadcastChannel',
  'Temporal',
]);

export function checkCorePurity(tree: Tree): Violation[] {
  return tree.modules
    .filter((module) => module.path.startsWith('engine/core/'))
    .flatMap((module) => [...checkImports(module), ...checkUses(module)]);
}

function checkImports(module: Module): Violation[] {
  const violations: Violation[] = [];
  for (const each of module.imports) {
    const at = `${module.path}:${each.line}`;
    if (each.how === 'dynamic' || each.how === 'require' || each.how === 'url') {
      violations.push({ at, message: 'the core loads nothing while it runs' });
    }
    const target = each.specifier === null ? null : resolveImport(module.path, each.specifier);
    if (target?.kind === 'file' && target.path === 'schemas/ids.ts' && each.kind === 'value') {
      violations.push({ at, message: 'ids are minted outside of the core; only their types are imported' });
    }
    if (target?.kind !== 'builtin') continue;
    const allowed = allowedNames[target.name] ?? [];
    for (const name of each.names.length === 0 ? ['*'] : each.names) {
      if (allowed.includes(name)) continue;
      const what = name === '*' ? target.name : `${name} of ${target.name}`;
      violations.push({ at, message: `the core does not use ${what}` });
    }
  }
  return violations;
}

function checkUses(module: Module): Violation[] {
  const violations: Violation[] = [];
  const report = (node: SyntaxNode, message: string) =>
    violations.push({ at: `${module.path}:${module.lineOf(node)}`, message });
  walk(module.program, (node, parent, field) => {
    if (node.type === 'MetaProperty' && isIdentifier(node.meta, 'import')) report(node, 'uses import.meta');
    if (node.type === 'AwaitExpression') report(node, 'waits: thinking takes no turn of the event loop');
    if (node.type !== 'Identifier' || isOnlyAName(node, parent, field)) return;
    const name = String(node.name);
    if (forbiddenGlobals.has(name)) report(node, `uses ${name}`);
    if (name === 'Date' && !isPureDate(parent, field))
      report(node, 'reads the clock: Date without an instant');
    if (name === 'Math' && !isPureMath(parent, field)) report(node, 'draws a random number: Math.random');
  });
  return violations;
}

/** `plan.process`, `{ process: 1 }`, `interface X { process: … }`: a field called so, or a type. */
function isOnlyAName(node: SyntaxNode, parent: SyntaxNode | null, field: string): boolean {
  if (parent === null) return false;
  if (parent.type === 'MemberExpression') return field === 'property' && parent.computed !== true;
  if (parent.type === 'TSQualifiedName') return field === 'right';
  if (parent.type === 'TSTypeReference' || parent.type === 'TSClassImplements') return true;
  if (field === 'imported' || field === 'exported') return parent.local !== node;
  return field === 'key' && parent.computed !== true;
}

/** `new Date(ms)`, `Date.parse(text)`, `Date.UTC(…)`, `x instanceof Date`. */
function isPureDate(parent: SyntaxNode | null, field: string): boolean {
  if (parent === null) return false;
  if (parent.type === 'NewExpression' && field === 'callee') return listLength(parent.arguments) > 0;
  if (parent.type === 'BinaryExpression') return parent.operator === 'instanceof' && field === 'right';
  return isMember(parent, field) && ['parse', 'UTC'].includes(memberOf(parent));
}

function isPureMath(parent: SyntaxNode | null, field: string): boolean {
  return parent !== null && isMember(parent, field) && memberOf(parent) !== 'random';
}

function isMember(parent: SyntaxNode, field: string): boolean {
  return parent.type === 'MemberExpression' && field === 'object' && parent.computed !== true;
}

function memberOf(parent: SyntaxNode): string {
  return isNode(parent.property) ? String(parent.property.name) : '';
}

function listLength(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
