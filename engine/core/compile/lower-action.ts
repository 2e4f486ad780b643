import type { ActionManifest } from '../contracts/action.ts';
import type { ActionStep, PlanLease, PlanRetry, PlanRollback } from '../contracts/plan.ts';
import { lowerApproval } from './lower-approval.ts';
import { durationOf, templateMap } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import type { StepSite } from './outline.ts';
import { pinAction, pinnedKey } from './pin-action.ts';
import { readDuration } from './read-duration.ts';
import { field, mapField, type SourceMap, scalarField, textField, textItems } from './source-node.ts';
import { hasEffect, isContainment } from './step-facts.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export function lowerAction(step: StepSite, base: StepBase, parts: LoweringParts): ActionStep {
  const { node } = step;
  const manifest = parts.manifests.get(step);
  if (!manifest) throw new Error(`step ${step.path} reached the lowering without its action`);
  const approval = mapField(node, 'approval');
  const urgent = isContainment(manifest);
  const defaults = mapField(mapField(parts.source.root, 'defaults'), 'retry');
  return {
    kind: 'action',
    ...base,
    name: textField(node, 'name') ?? manifest.title,
    action: pinAction(manifest),
    connection: textField(node, 'connection') ?? null,
    with: templateMap(mapField(node, 'with'), parts.source),
    timeoutMs: durationOf(node, 'timeout') ?? manifest.timeoutMs,
    deadlineMs: durationOf(node, 'deadline') ?? hour,
    retry: lowerRetry(mapField(node, 'retry'), defaults, manifest),
    approval: approval ? lowerApproval(approval, urgent, parts.source) : null,
    fallbackApproval: lowerApproval(undefined, urgent, parts.source),
    mask: textItems(node, 'mask'),
    lease: lowerLease(node),
    rollback: lowerRollback(step, parts),
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

function lowerLease(node: SourceMap): PlanLease | null {
  const written = field(node, 'lease');
  const forMs =
    written?.kind === 'map' ? durationOf(written, 'for') : readDuration(textField(node, 'lease') ?? '');
  if (forMs === null) return null;
  return {
    forMs,
    // Section 6: the owner hears of it when a tenth of the time is left.
    warnMs: durationOf(written, 'warn') ?? Math.floor(forMs / 10),
    atEnd: textField(written, 'at_end') === 'release' ? 'release' : 'ask',
  };
}

function lowerRollback(step: StepSite, parts: LoweringParts): PlanRollback {
  const written = mapField(step.node, 'rollback');
  if (!written) return { kind: textField(step.node, 'rollback') === 'none' ? 'none' : 'default' };
  const manifest = parts.rollbacks.get(step);
  if (!manifest) throw new Error(`step ${step.path} reached the lowering without its rollback`);
  return {
    kind: 'action',
    action: pinnedKey(manifest),
    with: templateMap(mapField(written, 'with'), parts.source),
  };
}
