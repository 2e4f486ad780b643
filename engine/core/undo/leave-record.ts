import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { changesTargets } from '../contracts/action.ts';
import type { NewUndoRecord, RenderedAction } from '../contracts/command.ts';
import type { ActionStep, Plan } from '../contracts/plan.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { aboutAction } from '../run/about-action.ts';
import { stepAt } from '../run/list-steps.ts';
import { enclosingLoop, planPathOf } from '../run/scope-path.ts';
import { stepOf, type Turn, write } from '../run/turn.ts';
import { visibleNames } from '../run/visible-names.ts';
import { inverseKey } from './inverse-key.ts';
import { leftBehind } from './judge-standing.ts';

/*
 * What a success leaves behind so that it can be taken back (language reference 6): how, and whether
 * it was there before. Taking back is never recorded: an undo of an undo would contain again.
 * `outputs` is what the success told, or null where nobody saw it.
 */
export function leaveRecord(
  turn: Turn,
  step: ActionStep,
  rendered: RenderedAction,
  origin: NewUndoRecord['origin'],
  outputs: JsonObject | null,
): void {
  const { scope, nowMs } = turn.context.env;
  if (scope.kind === 'undo') return;
  const inverse = inverseOf(turn, step, rendered, outputs);
  if (inverse === null) return;
  const { lease } = step;
  const record: NewUndoRecord = {
    stepName: step.name,
    generation: stepOf(turn, step.path).generation,
    action: rendered.action,
    actionKey: rendered.actionKey,
    connection: rendered.connection,
    arguments: rendered.arguments,
    left: outputs === null ? null : leftBehind(outputs, step.mask),
    target: rendered.target,
    effect: step.action.effect,
    origin,
    inverse,
    lease:
      lease === null || 'irreversible' in inverse
        ? null
        : { untilMs: nowMs + lease.forMs, warnMs: lease.warnMs, atEnd: lease.atEnd },
    loop: loopOf(turn.context.env.plan, scope.path),
  };
  turn.commands.push({ kind: 'record-undo', ref: step.path, record });
  const about = aboutAction(turn, step, rendered);
  const taken = 'action' in inverse ? { inverse: inverse.action } : { irreversible: inverse.irreversible };
  write(turn, 'undo.recorded', { ...about, data: { origin, ...taken } });
  if (stepOf(turn, step.path).wanted && record.effect !== null) {
    write(turn, 'hold.added', { ...about, data: { effect: record.effect, origin } });
  }
  if (record.lease !== null) {
    const until = new Date(record.lease.untilMs).toISOString();
    write(turn, 'lease.started', { ...about, data: { until, at_end: record.lease.atEnd } });
  }
}

/** Null: there is nothing to take back and nothing to say about it. */
function inverseOf(
  turn: Turn,
  step: ActionStep,
  rendered: RenderedAction,
  outputs: JsonObject | null,
): NewUndoRecord['inverse'] | null {
  const { plan } = turn.context.env;
  const { inverse } = step.action;
  switch (step.rollback.kind) {
    case 'none':
      return changesTargets(step.action.class)
        ? { irreversible: 'the playbook says that it is not taken back' }
        : null;
    case 'action': {
      const fields = step.rollback.with;
      const filled = renderTemplate({ t: 'map', fields }, visibleNames(turn.context, step.path));
      if (!filled.ok || !isJsonObject(filled.value)) {
        const why = filled.ok ? 'they are not a map' : filled.message;
        return { irreversible: `the arguments of its rollback could not be filled: ${why}` };
      }
      return { action: step.rollback.action, arguments: filled.value };
    }
    case 'default': {
      if (inverse.kind === 'not-needed') return null;
      if (inverse.kind === 'irreversible') return { irreversible: inverse.reason };
      const action = inverseKey(plan, inverse.action);
      if (action === null)
        return { irreversible: `${inverse.action} was not installed when this was published` };
      const filled: JsonObject = {};
      const told: JsonObject = {};
      for (const [argument, own] of Object.entries(inverse.arguments)) {
        const value = rendered.arguments[own];
        if (value !== undefined) filled[argument] = value;
      }
      for (const [argument, output] of Object.entries(inverse.outputs ?? {})) {
        const value = step.mask.includes(output) ? undefined : outputs?.[output];
        if (value !== undefined) told[argument] = value;
      }
      return {
        action,
        arguments: { ...filled, ...told },
        ...(Object.keys(told).length > 0 && { told }),
      };
    }
  }
}

function loopOf(plan: Plan, scopePath: string): NewUndoRecord['loop'] {
  const path = enclosingLoop(scopePath);
  if (path === null) return null;
  const loop = stepAt(plan, planPathOf(path));
  return { path, maxParallel: loop?.kind === 'foreach' ? loop.maxParallel : 1 };
}
