import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { CompileContext, Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { keyAt, scalarField, textField } from '../source-node.ts';

// 9.5: a child, its child and that one's. Deeper, nobody who approves sees what will happen.
const depthMax = 3;

/** Calls end: no playbook is reached from itself, and chains are short. */
export const callCycle: Rule = (context) =>
  context.outline.all.filter(({ kind }) => kind === 'call').flatMap((step) => judge(step, context));

function judge(step: StepSite, context: CompileContext): Problem[] {
  const called = textField(step.node, 'call');
  const own = textField(context.source.root, 'id');
  if (called === undefined || own === undefined) return [];
  const place = {
    at: scalarField(step.node, 'call')?.at ?? keyAt(step.node, 'call'),
    path: step.node.path,
  };
  const cycle = pathTo(own, called, [own, called], context);
  if (cycle) {
    return [
      {
        ...place,
        code: 'compile/call-cycle',
        message: `the calls never end: ${cycle.join(' → ')}`,
        help: 'call something that both can use, or repeat within one playbook',
      },
    ];
  }
  const chain = longest(called, [called], context);
  if (chain.length <= depthMax) return [];
  return [
    {
      ...place,
      code: 'compile/over-limit',
      message: `calls go ${chain.length} deep (${chain.join(' → ')}); at most ${depthMax} are allowed`,
    },
  ];
}

function calledBy(id: string, { playbooks }: CompileContext): string[] {
  return Object.keys(playbooks.get(id)?.plan.children ?? {});
}

function pathTo(goal: string, from: string, path: string[], context: CompileContext): string[] | null {
  if (from === goal) return path;
  for (const next of calledBy(from, context)) {
    // A cycle further down that does not come back here is that playbook's own.
    if (next !== goal && path.includes(next)) continue;
    const found = pathTo(goal, next, [...path, next], context);
    if (found) return found;
  }
  return null;
}

function longest(from: string, path: string[], context: CompileContext): string[] {
  return calledBy(from, context)
    .filter((next) => !path.includes(next))
    .map((next) => longest(next, [...path, next], context))
    .reduce((a, b) => (b.length > a.length ? b : a), path);
}
