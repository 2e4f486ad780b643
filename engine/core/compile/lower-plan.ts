import type { Json } from '../../../schemas/json.ts';
import { type ActionClass, type ActionManifest, classRank, type TargetKind } from '../contracts/action.ts';
import {
  compilerVersion,
  type Lifecycle,
  type Plan,
  type PlanGuard,
  type PlanInput,
  type PlanTrigger,
  type TriggerType,
} from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import type { CheckableManifest } from './context.ts';
import { inputSchema } from './input-schema.ts';
import { lowerSteps } from './lower-step.ts';
import { bareExpression, durationOf, templateOf } from './lower-value.ts';
import type { Outline, StepSite } from './outline.ts';
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
export function lowerPlan(
  source: PlaybookSource,
  outline: Outline,
  manifests: ReadonlyMap<StepSite, CheckableManifest>,
): Plan {
  const { root } = source;
  const parts = { source, outline, manifests };
  return {
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
    impact: impactOf(manifests.values()),
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
    outputs: templates(mapField(root, 'outputs'), source),
  };
}

function impactOf(manifests: Iterable<ActionManifest>): ActionClass {
  let strongest: ActionClass = 'read';
  for (const manifest of manifests) {
    if (classRank[manifest.class] > classRank[strongest]) strongest = manifest.class;
  }
  return strongest;
}

function lowerTrigger(node: SourceNode, index: number): PlanTrigger {
  return {
    id: textField(node, 'id') ?? `trigger#${index + 1}`,
    type: (textField(node, 'type') ?? 'manual') as TriggerType,
    match: bareExpression(node, 'match'),
    each: bareExpression(node, 'each'),
    as: textField(node, 'as') ?? 'target',
    enabled: scalarField(node, 'enabled')?.value !== false,
    expires: textField(node, 'expires') ?? null,
    targets: textItems(node, 'targets') as TargetKind[],
    allow: textItems(node, 'allow'),
  };
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
          ? templates(from, source)
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
    denyIf: bareExpression(node, 'deny_if') ?? 'true',
    message: textField(node, 'message') ?? '',
  };
}

function templates(node: SourceMap | undefined, source: PlaybookSource): { [name: string]: Template } {
  return Object.fromEntries(
    [...(node?.fields.values() ?? [])].map(({ key, value }) => [key, templateOf(value, source)]),
  );
}
