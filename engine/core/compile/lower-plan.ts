import type { Json } from '../../../schemas/json.ts';
import { type ActionClass, classRank } from '../contracts/action.ts';
import {
  compilerVersion,
  type Lifecycle,
  type Plan,
  type PlanGuard,
  type PlanInput,
  type PlanLimit,
} from '../contracts/plan.ts';
import { classesTakenBack } from '../undo/contains-back.ts';
import type { CompileContext } from './context.ts';
import { inputSchema } from './input-schema.ts';
import { inversesOf } from './inverses-of.ts';
import { itemsRead } from './items-read.ts';
import { pinChild } from './lower-call.ts';
import { lowerSteps } from './lower-step.ts';
import { lowerTrigger } from './lower-trigger.ts';
import { bareExpression, durationOf, templateMap, templateOf, wholeNumber } from './lower-value.ts';
import {
  field,
  listField,
  mapField,
  type PlaybookSource,
  type SourceField,
  type SourceMap,
  type SourceNode,
  scalarField,
  textField,
  textItems,
  toJson,
} from './source-node.ts';
import { modeOf, watchedBy } from './step-facts.ts';

const day = 86_400_000;

/** A checked file to the plan: defaults filled in, actions pinned. Called only when nothing is wrong. */
export function lowerPlan(context: CompileContext): Plan {
  const { source, outline } = context;
  const { root } = source;
  const parts = { ...context, itemsRead: itemsRead(context.expressions) };
  const plan: Plan = {
    compilerVersion,
    playbook: {
      id: textField(root, 'id') ?? '',
      title: textField(root, 'title') ?? '',
      description: textField(root, 'description') ?? '',
      version: textField(root, 'version') ?? '0.0.0',
      status: (textField(root, 'status') ?? 'experimental') as Lifecycle,
      author: textField(root, 'author') ?? '',
      owner: textField(root, 'owner') ?? null,
      tags: textItems(root, 'tags'),
      references: textItems(root, 'references'),
      falsepositives: textItems(root, 'falsepositives'),
    },
    mode: modeOf(source),
    impact: impactOf(context),
    triggers: listField(root, 'triggers').map(lowerTrigger),
    inputs: [...(mapField(root, 'inputs')?.fields.values() ?? [])].map((input) => lowerInput(input, source)),
    vars: [...(mapField(root, 'vars')?.fields.values() ?? [])].map(({ key, value }) => ({
      name: key,
      value: templateOf(value, source),
    })),
    dedupe: lowerDedupe(mapField(root, 'dedupe'), source),
    concurrency: lowerConcurrency(mapField(root, 'concurrency'), source),
    timeoutMs: durationOf(root, 'timeout') ?? 30 * day,
    guards: listField(root, 'guards').map(lowerGuard),
    steps: lowerSteps(outline.steps, parts),
    onFailure: lowerSteps(outline.onFailure, parts),
    finally: lowerSteps(outline.finally, parts),
    outputs: templateMap(mapField(root, 'outputs'), source),
    inverses: inversesOf(context),
    children: childrenOf(context),
  };
  // Taking back may do more than what it takes back: a release is taken back by containing.
  return { ...plan, impact: strongest([plan.impact, ...classesTakenBack(plan)]) };
}

function impactOf({ manifests, rollbacks, children }: CompileContext): ActionClass {
  return strongest([
    ...[...manifests.values(), ...rollbacks.values()].map((manifest) => manifest.class),
    ...[...children.values()].map(({ plan }) => plan.impact),
  ]);
}

function strongest(classes: readonly ActionClass[]): ActionClass {
  return classes.reduce((a, b) => (classRank[b] > classRank[a] ? b : a), 'read');
}

function childrenOf({ children }: CompileContext): Plan['children'] {
  const pinned = [...children.values()].map((child) => [child.plan.playbook.id, pinChild(child)] as const);
  return Object.fromEntries(pinned.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function lowerInput({ key, value }: SourceField, source: PlaybookSource): PlanInput {
  const given = field(value, 'default');
  const from = field(value, 'from');
  const fallback: Json = given ? toJson(given) : null;
  return {
    name: key,
    schema: inputSchema(value),
    required: given === undefined,
    default: fallback,
    from:
      from === undefined
        ? {}
        : from.kind === 'map'
          ? templateMap(from, source)
          : { '*': templateOf(from, source) },
  };
}

function lowerDedupe(node: SourceMap | undefined, source: PlaybookSource): Plan['dedupe'] {
  const key = field(node, 'key');
  if (!key) return null;
  return {
    key: templateOf(key, source),
    windowMs: durationOf(node, 'window') ?? 0,
    onDuplicate: textField(node, 'on_duplicate') === 'skip' ? 'skip' : 'attach',
  };
}

function lowerConcurrency(node: SourceMap | undefined, source: PlaybookSource): Plan['concurrency'] {
  const group = field(node, 'group');
  if (!group) return null;
  const limit = scalarField(node, 'limit')?.value;
  return {
    group: templateOf(group, source),
    limit: typeof limit === 'number' ? limit : 1,
    onConflict: textField(node, 'on_conflict') === 'skip' ? 'skip' : 'queue',
  };
}

function lowerGuard(node: SourceNode): PlanGuard {
  return {
    id: textField(node, 'id') ?? '',
    appliesTo: node.kind === 'map' ? [...watchedBy(node)] : [],
    denyIf: bareExpression(node, 'deny_if'),
    limit: lowerLimit(node),
    message: textField(node, 'message') ?? '',
  };
}

function lowerLimit(node: SourceNode): PlanLimit | null {
  const limit = mapField(node, 'limit');
  if (!limit) return null;
  const scope = textField(limit, 'scope');
  return {
    targets: wholeNumber(limit, 'targets') ?? 0,
    perMs: durationOf(limit, 'per') ?? 0,
    scope: scope === 'run' || scope === 'system' ? scope : 'playbook',
    onExceed: textField(node, 'on_exceed') === 'ask' ? 'ask' : 'deny',
  };
}
