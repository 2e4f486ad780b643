import { dyn, type ValueType } from '../expression/value-type.ts';
import { callSchema } from './call-schema.ts';
import { checkSite } from './check-site.ts';
import type { CompileContext } from './context.ts';
import type { Place, SiteCollector } from './expression-sites.ts';
import { failureType, open } from './name-types.ts';
import { type Names, withName } from './names.ts';
import type { Block, StepSite } from './outline.ts';
import { signalType } from './signal-types.ts';
import { field, listField, mapField, type SourceMap, textField } from './source-node.ts';
import { stepTypes } from './step-types.ts';

/*
 * Walks the steps of a file and says for every expression in them which names it sees (7.2, 9.10)
 * and what it must give.
 */

type Parts = Pick<CompileContext, 'flow' | 'manifests' | 'rollbacks' | 'children'>;

/** What can be named where a step acts; guards see the same. */
export type StepNames = Map<StepSite, Names>;

export function collectBlock(
  block: Block,
  names: Names,
  parts: Parts,
  collector: SiteCollector,
  namesAt: StepNames,
): void {
  const walk: Walk = { parts, collector, namesAt };
  for (const step of block.steps) collectStep(step, names, walk);
}

interface Walk {
  parts: Parts;
  collector: SiteCollector;
  namesAt: StepNames;
}

function collectStep(step: StepSite, names: Names, walk: Walk): void {
  const { node, body } = step;
  const { collector, parts } = walk;
  const before: Place = { names, state: parts.flow.before.get(step) ?? null, step, body };
  const inside: Place = { ...before, state: parts.flow.inside.get(step) ?? null };
  walk.namesAt.set(step, names);
  collector.expression(field(node, 'if'), before, 'bool');
  const inBlocks = collectOwn(step, inside, walk);
  for (const block of step.blocks) {
    const state = parts.flow.whenCase.get(block);
    if (block.when && state) collector.expression(block.when, { ...inside, state }, 'bool');
    for (const inner of block.steps) collectStep(inner, inBlocks, walk);
  }
  const failing = withName(names, 'failure', failureType);
  for (const handler of step.onError?.steps ?? []) collectStep(handler, failing, walk);
}

/** The step's own expressions. Returns what its blocks see. */
function collectOwn(step: StepSite, inside: Place, walk: Walk): Names {
  const { node } = step;
  const { collector, parts } = walk;
  const approval = mapField(node, 'approval');
  switch (step.kind) {
    case 'action':
      collector.arguments(field(node, 'with'), inside, parts.manifests.get(step)?.input);
      collectApproval(approval, inside, collector);
      collectRollback(step, inside, walk);
      break;
    case 'approval':
      collectApproval(approval, inside, collector);
      break;
    case 'set':
      for (const { value } of mapField(node, 'set')?.fields.values() ?? []) collector.template(value, inside);
      break;
    case 'stop':
      collector.template(field(mapField(node, 'stop'), 'reason'), inside);
      break;
    case 'wait':
      collectWait(mapField(node, 'wait'), inside, collector);
      break;
    case 'call': {
      const child = parts.children.get(step);
      collector.arguments(field(node, 'with'), inside, child && callSchema(child.plan.inputs));
      collectApproval(approval, inside, collector);
      break;
    }
    case 'undo':
      collector.template(field(node, 'reason'), inside);
      collectApproval(approval, inside, collector);
      break;
    case 'foreach':
      collectApproval(approval, inside, collector);
      return collectForeach(step, inside, walk);
    case 'repeat':
      return collectRepeat(step, inside, walk);
    default:
      break;
  }
  return inside.names;
}

function collectForeach(step: StepSite, inside: Place, { collector, parts }: Walk): Names {
  const { node } = step;
  const list = collector.expression(field(node, 'foreach'), inside, 'list');
  const element = withName(
    inside.names,
    textField(node, 'as') ?? 'item',
    elementOf(list && checkSite(list).result.type),
  );
  const withIndex = withName(element, 'index', { t: 'int' });
  const names = withBodySteps(withIndex, step, parts);
  const [block] = step.blocks;
  const body = step.inner ?? step.body;
  // The key is taken before any item begins.
  collector.expression(field(node, 'key'), { ...inside, names: withIndex }, 'string');
  const end = (block && parts.flow.bodyEnd.get(block)) ?? null;
  collector.template(field(node, 'collect'), { names, state: end, step, body });
  return names;
}

function collectRepeat(step: StepSite, inside: Place, { collector, parts }: Walk): Names {
  const names = withBodySteps(inside.names, step, parts);
  const [block] = step.blocks;
  const end = (block && parts.flow.bodyEnd.get(block)) ?? null;
  const until = field(mapField(step.node, 'repeat'), 'until');
  collector.expression(until, { names, state: end, step, body: step.inner ?? step.body }, 'bool');
  return names;
}

function withBodySteps(names: Names, step: StepSite, parts: Parts): Names {
  return step.inner ? withName(names, 'steps', open(stepTypes(step.inner, parts))) : names;
}

function elementOf(list: ValueType | null | undefined): ValueType {
  return list?.t === 'list' ? list.of : dyn;
}

function collectWait(wait: SourceMap | undefined, inside: Place, collector: SiteCollector): void {
  if (!wait) return;
  collector.template(field(wait, 'until'), inside);
  const signal = signalType(textField(wait, 'for') ?? '');
  collector.expression(
    field(wait, 'match'),
    { ...inside, names: withName(inside.names, 'signal', signal) },
    'bool',
  );
}

/** A rollback is rendered when the step has succeeded: it sees the step's own outputs. */
function collectRollback(step: StepSite, inside: Place, { collector, parts }: Walk): void {
  const rollback = mapField(step.node, 'rollback');
  if (!rollback) return;
  const { state } = inside;
  const after = state && {
    ...state,
    visible: new Set([...state.visible, step]),
    certain: new Set([...state.certain, step]),
  };
  const manifest = parts.rollbacks.get(step);
  collector.arguments(field(rollback, 'with'), { ...inside, state: after }, manifest?.input);
}

function collectApproval(approval: SourceMap | undefined, place: Place, collector: SiteCollector): void {
  if (!approval) return;
  collector.expression(field(approval, 'when'), place, 'bool');
  collector.template(field(approval, 'ask'), place);
  collector.template(field(approval, 'why'), place);
  for (const item of listField(approval, 'evidence')) {
    collector.template(field(item, 'value'), place);
    collector.template(field(item, 'link'), place, 'string');
  }
}
