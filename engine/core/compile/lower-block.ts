import type { ForeachStep, IfStep, ParallelStep, RepeatStep, SwitchStep } from '../contracts/plan.ts';
import { lowerApproval } from './lower-approval.ts';
import { bareExpression, durationOf, templateOf, wholeNumber } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import type { Block, StepSite } from './outline.ts';
import { readExpression } from './read-template.ts';
import { field, mapField, textField } from './source-node.ts';
import { isContaining } from './step-facts.ts';

/** Steps that hold other steps. */

export function lowerIf(step: StepSite, base: StepBase, parts: LoweringParts): IfStep {
  const otherwise = step.blocks.find(({ role }) => role === 'else');
  return {
    kind: 'if',
    ...base,
    then: parts.steps(step.blocks[0]),
    else: otherwise ? parts.steps(otherwise) : null,
  };
}

export function lowerSwitch(step: StepSite, base: StepBase, parts: LoweringParts): SwitchStep {
  const fallback = step.blocks.find(({ role }) => role === 'default');
  const cases = step.blocks.filter(({ role }) => role === 'case');
  return {
    kind: 'switch',
    ...base,
    cases: cases.map((block) => ({ when: whenOf(block), steps: parts.steps(block) })),
    default: fallback ? parts.steps(fallback) : null,
  };
}

function whenOf(block: Block): string {
  return (block.when && readExpression(block.when)?.expr) ?? 'false';
}

export function lowerParallel(step: StepSite, base: StepBase, parts: LoweringParts): ParallelStep {
  const branches = step.blocks.map((block) => ({ name: block.name, steps: parts.steps(block) }));
  const join = textField(step.node, 'join');
  return { kind: 'parallel', ...base, branches, join: join === 'settle' || join === 'any' ? join : 'all' };
}

export function lowerForeach(step: StepSite, base: StepBase, parts: LoweringParts): ForeachStep {
  const { node } = step;
  const { source } = parts;
  const approval = mapField(node, 'approval');
  const collect = field(node, 'collect');
  const urgent = isContaining(step, parts);
  return {
    kind: 'foreach',
    ...base,
    list: bareExpression(node, 'foreach') ?? '[]',
    as: textField(node, 'as') ?? 'item',
    key: bareExpression(node, 'key'),
    maxItems: wholeNumber(node, 'max_items') ?? 1,
    maxParallel: wholeNumber(node, 'max_parallel') ?? 1,
    onItemError: textField(node, 'on_item_error') === 'continue' ? 'continue' : 'stop',
    collect: collect ? templateOf(collect, source) : null,
    approval: approval ? lowerApproval(approval, urgent, source) : null,
    fallbackApproval: lowerApproval(undefined, urgent, source),
    readsItems: parts.itemsRead.has(step),
    steps: parts.steps(step.blocks[0]),
  };
}

export function lowerRepeat(step: StepSite, base: StepBase, parts: LoweringParts): RepeatStep {
  const repeat = mapField(step.node, 'repeat');
  return {
    kind: 'repeat',
    ...base,
    until: bareExpression(repeat, 'until') ?? 'true',
    max: wholeNumber(repeat, 'max') ?? 1,
    everyMs: durationOf(repeat, 'every') ?? 0,
    steps: parts.steps(step.blocks[0]),
  };
}
