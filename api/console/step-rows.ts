import { planPathOf } from '../../engine/core/run/scope-path.ts';
import type { ScopeCount, ScopeItem } from '../../engine/runtime/read/list-scopes.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { PlannedStep } from './plan-steps.ts';

/*
 * The whole plan of a run from top to bottom, with what became of it: what the tree and the time line have in common.
 * Of each loop a few items stand in it, and how many there are.
 */

export interface Tree {
  run: string;
  steps: readonly StepItem[];
  /** The items and rounds that are shown; there may be more. */
  scopes: readonly ScopeItem[];
  counts: readonly ScopeCount[];
  planned: ReadonlyMap<string, PlannedStep>;
}

export type TreeRow = { depth: number } & (
  | { is: 'step'; step: StepItem }
  /** Messages to people that follow one another and have all gone out. */
  | { is: 'messages'; steps: readonly StepItem[] }
  | { is: 'item'; item: ScopeItem }
  /** Only in the plan: what would run in a loop that has nothing to run it for yet. */
  | { is: 'planned'; planned: PlannedStep }
  | { is: 'more'; step: StepItem; shown: number; total: number; counts: readonly ScopeCount[] }
);

export function rowsOfRun(tree: Tree): TreeRow[] {
  return foldMessages(rowsOfScope(tree, 'run', 0), tree.planned);
}

export function rowsOfItems(tree: Tree): TreeRow[] {
  return foldMessages(
    tree.scopes.flatMap((item) => rowsOfItem(tree, item, 0)),
    tree.planned,
  );
}

function rowsOfItem(tree: Tree, item: ScopeItem, depth: number): TreeRow[] {
  return [{ is: 'item', item, depth }, ...rowsOfScope(tree, item.path, depth + 1)];
}

function rowsOfScope(tree: Tree, scope: string, level: number): TreeRow[] {
  const own = tree.steps.filter((step) => step.scope === scope);
  const base = scope === 'run' ? 0 : Math.min(...own.map((step) => depthOf(tree, step)));
  return own.flatMap((step) => {
    const depth = level + depthOf(tree, step) - base;
    const inside = tree.scopes.filter((item) => item.step === step.path);
    const counts = tree.counts.filter((each) => each.step === step.path);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    return [
      { is: 'step', step, depth } as const,
      ...inside.flatMap((item) => rowsOfItem(tree, item, depth + 1)),
      ...(total > inside.length
        ? [{ is: 'more', step, shown: inside.length, total, counts, depth: depth + 1 } as const]
        : []),
      ...(total === 0 && inside.length === 0 ? plannedIn(tree, step, depth - depthOf(tree, step)) : []),
    ];
  });
}

function plannedIn({ planned }: Tree, { kind, path }: StepItem, level: number): TreeRow[] {
  if (kind !== 'foreach' && kind !== 'repeat') return [];
  const within = `${planPathOf(path)}/`;
  return [...planned]
    .filter(([each]) => each.startsWith(within))
    .map(([, each]) => ({ is: 'planned', planned: each, depth: level + each.depth }));
}

function foldMessages(rows: readonly TreeRow[], planned: ReadonlyMap<string, PlannedStep>): TreeRow[] {
  const folded: TreeRow[] = [];
  for (const row of rows) {
    const last = folded.at(-1);
    if (!isMessage(row, planned)) folded.push(row);
    else if (last?.is === 'messages' && last.depth === row.depth)
      folded[folded.length - 1] = { ...last, steps: [...last.steps, row.step] };
    else folded.push({ is: 'messages', steps: [row.step], depth: row.depth });
  }
  // One by itself says more when it is not folded.
  return folded.map((row) =>
    row.is === 'messages' && row.steps[0] !== undefined && row.steps.length === 1
      ? { is: 'step', step: row.steps[0], depth: row.depth }
      : row,
  );
}

function isMessage(
  row: TreeRow,
  planned: ReadonlyMap<string, PlannedStep>,
): row is TreeRow & { is: 'step'; step: StepItem } {
  if (row.is !== 'step' || row.step.status !== 'succeeded') return false;
  return planned.get(planPathOf(row.step.path))?.class === 'notify';
}

function depthOf({ planned }: Tree, step: StepItem): number {
  return planned.get(planPathOf(step.path))?.depth ?? 0;
}
