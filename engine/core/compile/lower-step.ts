import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { ActionManifest } from '../contracts/action.ts';
import type { ActionStep, OnDenied, PlanOnError, PlanRetry, PlanStep } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import type { CheckableManifest } from './context.ts';
import { lowerApproval } from './lower-approval.ts';
import { bareExpression, durationOf, templateOf } from './lower-value.ts';
import type { Block, Outline, StepSite } from './outline.ts';
import { readExpression } from './read-template.ts';
import {
  field,
  mapField,
  type PlaybookSource,
  type SourceMap,
  scalarField,
  textField,
  textItems,
} from './source-node.ts';
import { hasEffect, isContainment } from './step-facts.ts';

export interface LoweringParts {
  source: PlaybookSource;
  outline: Outline;
  manifests: ReadonlyMap<StepSite, CheckableManifest>;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export function lowerSteps(block: Block | undefined, parts: LoweringParts): PlanStep[] {
  return (block?.steps ?? []).map((step) => lowerStep(step, parts));
}

function lowerStep(step: StepSite, parts: LoweringParts): PlanStep {
  const { node, kind } = step;
  const { source } = parts;
  const base = {
    id: step.planId,
    path: step.path,
    name: textField(node, 'name') ?? step.id ?? kind,
    if: bareExpression(node, 'if'),
    onError: lowerOnError(step, parts),
    onDenied: onDenied(textField(node, 'on_denied')),
  };
  switch (kind) {
    case 'action':
      return lowerAction(step, base, parts);
    case 'approval': {
      const approval = mapField(node, 'approval');
      const covered = textItems(approval, 'covers').flatMap((id) => parts.outline.byId.get(id) ?? []);
      const urgent = covered.some((other) => isUrgent(parts.manifests.get(other)));
      const covers = covered.map(({ path }) => path);
      return { kind, ...base, approval: lowerApproval(approval, urgent, source), covers };
    }
    case 'if': {
      const otherwise = step.blocks.find(({ role }) => role === 'else');
      return {
        kind,
        ...base,
        then: lowerSteps(step.blocks[0], parts),
        else: otherwise ? lowerSteps(otherwise, parts) : null,
      };
    }
    case 'switch': {
      const fallback = step.blocks.find(({ role }) => role === 'default');
      const cases = step.blocks.filter(({ role }) => role === 'case');
      return {
        kind,
        ...base,
        cases: cases.map((block) => ({ when: whenOf(block), steps: lowerSteps(block, parts) })),
        default: fallback ? lowerSteps(fallback, parts) : null,
      };
    }
    case 'set':
      return { kind, ...base, values: templateMap(mapField(node, 'set'), source) };
    case 'stop': {
      const stop = mapField(node, 'stop');
      const reason = field(stop, 'reason');
      return {
        kind,
        ...base,
        outcome: outcomeOf(stop),
        reason: reason ? templateOf(reason, source) : { t: 'literal', value: '' },
      };
    }
    case 'parallel': {
      const branches = step.blocks.map((block) => ({ name: block.name, steps: lowerSteps(block, parts) }));
      const join = textField(node, 'join');
      return { kind, ...base, branches, join: join === 'settle' || join === 'any' ? join : 'all' };
    }
    default:
      // Refused by `not-supported-yet` or the shape check; a plan of it would be a lie.
      throw new Error(`a step of kind ${kind} reached the lowering`);
  }
}

type Base = Pick<ActionStep, 'id' | 'path' | 'name' | 'if' | 'onError' | 'onDenied'>;

function lowerAction(step: StepSite, base: Base, parts: LoweringParts): ActionStep {
  const { node } = step;
  const manifest = parts.manifests.get(step);
  if (!manifest) throw new Error(`step ${step.path} reached the lowering without its action`);
  const approval = mapField(node, 'approval');
  const urgent = isUrgent(manifest);
  return {
    kind: 'action',
    ...base,
    name: textField(node, 'name') ?? manifest.title,
    action: pinAction(manifest),
    connection: textField(node, 'connection') ?? null,
    with: templateMap(mapField(node, 'with'), parts.source),
    timeoutMs: durationOf(node, 'timeout') ?? manifest.timeoutMs,
    deadlineMs: durationOf(node, 'deadline') ?? hour,
    retry: lowerRetry(
      mapField(node, 'retry'),
      mapField(mapField(parts.source.root, 'defaults'), 'retry'),
      manifest,
    ),
    approval: approval ? lowerApproval(approval, urgent, parts.source) : null,
    fallbackApproval: lowerApproval(undefined, urgent, parts.source),
    mask: textItems(node, 'mask'),
  };
}

function pinAction(manifest: CheckableManifest): ActionStep['action'] {
  const [example] = Array.isArray(manifest.output.examples) ? manifest.output.examples : [];
  return {
    key: manifest.key,
    version: manifest.version,
    title: manifest.title,
    class: manifest.class,
    input: manifest.input,
    output: manifest.output,
    target: manifest.target ?? null,
    effect: manifest.effect ?? null,
    effectSentence: manifest.effectSentence,
    idempotent: manifest.idempotent,
    inverse: manifest.inverse,
    example: isJsonObject(example) ? example : ({} satisfies JsonObject),
    facts: { ...manifest.facts },
    canCheck: manifest.canCheck,
  };
}

function lowerRetry(
  own: SourceMap | undefined,
  defaults: SourceMap | undefined,
  manifest: ActionManifest,
): PlanRetry {
  const from = (key: string): SourceMap | undefined => (own?.fields.has(key) ? own : defaults);
  const attempts = scalarField(from('max_attempts'), 'max_attempts')?.value;
  const on = textItems(from('on'), 'on');
  return {
    maxAttempts: typeof attempts === 'number' ? attempts : defaultAttempts(manifest),
    backoff: textField(from('backoff'), 'backoff') === 'fixed' ? 'fixed' : 'exponential',
    initialMs: durationOf(from('initial'), 'initial') ?? 5 * second,
    maxMs: durationOf(from('max'), 'max') ?? 2 * minute,
    on: on.length > 0 ? on : ['throttled', 'unavailable', 'timeout'],
  };
}

/** 9.6: an effect that is not idempotent is attempted once. */
function defaultAttempts(manifest: ActionManifest): number {
  if (!hasEffect(manifest)) return 4;
  return manifest.idempotent === 'no' ? 1 : 3;
}

function lowerOnError(step: StepSite, parts: LoweringParts): PlanOnError {
  const written = field(step.node, 'on_error');
  const then = written?.kind === 'map' ? textField(written, 'then') : textField(step.node, 'on_error');
  return {
    steps: lowerSteps(step.onError ?? undefined, parts),
    then: then === 'continue' ? 'continue' : 'fail',
  };
}

function onDenied(written: string | undefined): OnDenied {
  return written === 'continue' || written === 'fail' ? written : 'stop';
}

function outcomeOf(stop: SourceMap | undefined): 'succeeded' | 'failed' | 'denied' {
  const outcome = textField(stop, 'outcome');
  return outcome === 'succeeded' || outcome === 'denied' ? outcome : 'failed';
}

function whenOf(block: Block): string {
  return (block.when && readExpression(block.when)?.expr) ?? 'false';
}

function templateMap(node: SourceMap | undefined, source: PlaybookSource): { [name: string]: Template } {
  return Object.fromEntries(
    [...(node?.fields.values() ?? [])].map(({ key, value }) => [key, templateOf(value, source)]),
  );
}

function isUrgent(manifest: ActionManifest | undefined): boolean {
  return manifest !== undefined && isContainment(manifest);
}
