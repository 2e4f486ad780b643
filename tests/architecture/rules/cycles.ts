import type { Tree, Violation } from '../read-tree.ts';
import { resolveImport } from '../resolve-import.ts';

/** No file reaches itself through imports, type imports included. One shortest way round per knot. */
export function checkCycles(tree: Tree): Violation[] {
  const known = new Set(tree.modules.map((module) => module.path));
  const next = new Map<string, string[]>();
  for (const module of tree.modules) {
    const targets = module.imports.flatMap((each) => {
      const target = each.specifier === null ? null : resolveImport(module.path, each.specifier);
      return target?.kind === 'file' && known.has(target.path) ? [target.path] : [];
    });
    next.set(module.path, [...new Set(targets)].sort());
  }
  const violations: Violation[] = [];
  const told = new Set<string>();
  for (const path of [...known].sort()) {
    if (told.has(path)) continue;
    const cycle = shortestWayBack(path, next);
    if (cycle === null) continue;
    // Everything that reaches this file and is reached from it is the same knot.
    const below = reachable(path, next);
    for (const other of below) if (reachable(other, next).has(path)) told.add(other);
    violations.push({ at: path, message: `import cycle: ${cycle.join(' → ')}` });
  }
  return violations;
}

function shortestWayBack(start: string, next: Map<string, string[]>): string[] | null {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const target of next.get(way.at(-1) ?? '') ?? []) {
      if (target === start) return [...way, start];
      if (seen.has(target)) continue;
      seen.add(target);
      ways.push([...way, target]);
    }
  }
  return null;
}

function reachable(start: string, next: Map<string, string[]>): Set<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const target of next.get(path) ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      open.push(target);
    }
  }
  return seen;
}
