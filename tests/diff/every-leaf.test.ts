import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybooks } from '../../engine/core/compile/compile-playbooks.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { diffPlans } from '../../engine/core/diff/diff-plans.ts';
import type { Json } from '../../schemas/json.ts';

/*
 * Nothing of a plan may change in the shadow of another change: each single value of every shipped plan
 * is altered together with the mode, and has to give a line of its own.
 */

const folder = join(import.meta.dirname, '../../playbooks');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'),
);
const compiled = compilePlaybooks(
  files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
  { registry: manifestsOf(createRegistry()) },
).flatMap(({ file, compilation }) => (compilation.ok ? [{ file, ...compilation }] : []));

/** Derived from what is compared, the name under which a step is compared, or a tag that tells shapes apart. */
const derived = [
  /\/(kind|t|for)$/,
  // Not a value but the absence of a whole block, or the word for everything.
  /\/(limit|steps|else)$/,
  /^\/(?!inputs).*\/default$/,
  /^\/mode$/,
  /^\/impact$/,
  /^\/triggers\/\d+\/needs\//,
  /\/wait\/key\//,
  /\/readsItems$/,
  /\/path$/,
  /^\/children\/[^/]+\/(title|version|impact|inputs)/,
];

function leavesOf(value: Json, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, `${at}/${key}`));
}

/** An id that only says where a step stands, or what is asked instead of an approval that a step has. */
function isUnused(plan: Plan, pointer: string): boolean {
  const [step, inner] = pointer.split('/fallbackApproval');
  if (inner !== undefined && step !== undefined) return at(at(plan, step), '/approval') !== null;
  return pointer.endsWith('/id') && String(at(plan, pointer)).includes('#');
}

function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce((parent, key) => (parent as { [key: string]: unknown })[key], value);
}

function alter(plan: Plan, pointer: string): Plan {
  const copy = structuredClone(plan) as unknown as { [key: string]: Json };
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() ?? '';
  let parent: { [key: string]: Json } = copy;
  for (const key of keys) parent = parent[key] as unknown as { [key: string]: Json };
  const value = parent[last];
  parent[last] =
    typeof value === 'number'
      ? value + 1
      : typeof value === 'boolean'
        ? !value
        : typeof value === 'string'
          ? `${value}x`
          : 'x';
  return { ...(copy as unknown as Plan), mode: plan.mode === 'ask' ? 'audit' : 'ask' };
}

describe.each(compiled)('$file', ({ plan, positions }) => {
  it('tells every change of a single value', () => {
    const before = { plan, digest: 'before', positions };
    const leaves = leavesOf(plan as unknown as Json).filter(
      (leaf) => !derived.some((each) => each.test(leaf)) && !isUnused(plan, leaf),
    );
    expect(leaves.length).toBeGreaterThan(100);
    const silent = leaves.filter((leaf) => {
      const { changes } = diffPlans(before, { plan: alter(plan, leaf), digest: 'after', positions });
      return changes.every(({ kind }) => kind === 'mode-changed');
    });
    expect(silent).toEqual([]);
  });
});
