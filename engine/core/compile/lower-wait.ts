import type { WaitStep } from '../contracts/plan.ts';
import { type Equality, equalities } from '../expression/read-conjuncts.ts';
import type { Reference } from '../expression/references.ts';
import { bareExpression, durationOf, templateOf } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import type { StepSite } from './outline.ts';
import { readDuration } from './read-duration.ts';
import { field, mapField, textField } from './source-node.ts';

type Wait = WaitStep['wait'];
type SignalWait = Extract<Wait, { for: 'signal' }>;
type SignalType = SignalWait['type'];

export function lowerWait(step: StepSite, base: StepBase, parts: LoweringParts): WaitStep {
  return { kind: 'wait', ...base, wait: waitOf(step, parts) };
}

function waitOf({ node, path }: StepSite, { source }: LoweringParts): Wait {
  const written = mapField(node, 'wait');
  if (!written) {
    const ms = readDuration(textField(node, 'wait') ?? '');
    if (ms === null) throw new Error(`step ${path} reached the lowering without a duration`);
    return { for: 'duration', ms };
  }
  const until = field(written, 'until');
  if (until) return { for: 'instant', until: templateOf(until, source) };
  const match = bareExpression(written, 'match');
  return {
    for: 'signal',
    type: (textField(written, 'for') ?? 'webhook') as SignalType,
    match,
    key: match === null ? null : keyOf(match),
    ...(textField(written, 'since') === 'run' ? { since: 'run' } : {}),
    timeoutMs: durationOf(written, 'timeout') ?? 0,
    // Silence is not an answer: whoever wants to go on without one says so.
    onTimeout: textField(written, 'on_timeout') === 'continue' ? 'continue' : 'fail',
  };
}

/**
 * By what a wait is looked up. Among several parts the one that most likely only this run waits for: made of
 * something of the run, of one value and no list, an id.
 */
export function keyOf(match: string): SignalWait['key'] {
  const [best] = equalities(match, 'signal')
    .filter(({ path }) => !path.includes('[]') || isShortList.test(path))
    .filter(({ expr, references }) => references.every(isSettled) && !/\bnow\s*\(/.test(expr))
    .toSorted((a, b) => doubtsOf(a) - doubtsOf(b));
  return best === undefined ? null : { path: best.path, expr: best.expr };
}

/** One whose length the schema bounds: each item is looked up, and of other lists the sender says how many there are. */
const isShortList = /^alert\.(?!raw\b)[^[]*\[\][^[]*$/;

/** The key is evaluated once, when the wait is entered: what may change while it lasts would be missed. */
function isSettled({ root, path }: Reference): boolean {
  if (root === 'steps') return path[1] === 'outputs';
  return root !== 'vars' && root !== 'failure';
}

function doubtsOf({ path, references }: Equality): number {
  return (references.length === 0 ? 4 : 0) + (path.includes('[]') ? 2 : 0) + (/(^|\.)id$/.test(path) ? 0 : 1);
}
