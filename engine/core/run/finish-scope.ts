import type { JsonObject } from '../../../schemas/json.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { ScopeResult } from '../contracts/scope.ts';
import { evaluate } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { denialOf, failureOf, mayGoOn } from './block-step.ts';
import { emptyStep, type RunContext } from './context.ts';
import { allSteps, stepAt, stepsOfBody } from './list-steps.ts';
import type { Turn } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/* How an item of a `foreach` and a round of a `repeat` end (language reference 9.5, 9.8). */

export function finishScope(turn: Turn): void {
  const { stops } = turn.context;
  turn.commands.push({ kind: 'finish-scope', result: { ...resultOf(turn.context), stops } });
}

/** A scope that was halted before it began. */
export function finishUnbegun(turn: Turn): void {
  turn.commands.push({ kind: 'finish-scope', result: { ...nothing, status: 'cancelled' } });
}

const nothing: Omit<ScopeResult, 'status'> = {
  failure: null,
  outputs: {},
  collected: null,
  until: null,
  undo: null,
  stops: false,
};

function resultOf(context: RunContext): ScopeResult {
  const { plan, scope } = context.env;
  const steps = stepsOfBody(plan, scope.body);
  const outputs = outputsOf(context, allSteps(plan, scope.body));
  const failure = failureOf(context, steps);
  if (failure !== null) return { ...nothing, outputs, status: 'failed', failure };
  switch (context.ending?.outcome) {
    case undefined:
      return finishedWell(context, outputs);
    case 'denied':
      return {
        ...nothing,
        outputs,
        status: 'denied',
        failure: denialOf(context, allSteps(plan, scope.body)),
      };
    case 'succeeded':
      return { ...nothing, outputs, status: 'succeeded' };
    default:
      // Halted while its last step was out: what was awaited decides.
      return steps.every((step) => mayGoOn(context, step, []))
        ? finishedWell(context, outputs)
        : { ...nothing, outputs, status: 'cancelled' };
  }
}

function finishedWell(context: RunContext, outputs: JsonObject): ScopeResult {
  const { plan, scope } = context.env;
  const body = stepAt(plan, scope.body);
  const result: ScopeResult = { ...nothing, outputs, status: 'succeeded' };
  if (body?.kind === 'foreach' && body.collect !== null) {
    const collected = renderTemplate(body.collect, visibleNames(context));
    return collected.ok
      ? { ...result, collected: collected.value }
      : failedAt(result, 'collect', collected.code, collected.message);
  }
  if (body?.kind === 'repeat') {
    const until = evaluate(body.until, visibleNames(context));
    if (!until.ok) return failedAt(result, 'until', until.code, until.message);
    if (typeof until.value !== 'boolean') {
      return failedAt(result, 'until', 'run/expression-failed', 'the result is not a boolean');
    }
    return { ...result, until: until.value };
  }
  return result;
}

function failedAt(result: ScopeResult, field: string, code: string, message: string): ScopeResult {
  const failure = { code, kind: 'terminal' as const, message: `${field}: ${message}` };
  return { ...result, status: 'failed', failure: { step: field, failure } };
}

function outputsOf(context: RunContext, steps: readonly PlanStep[]): JsonObject {
  const outputs: JsonObject = {};
  for (const step of steps) {
    if (!step.id.includes('#')) outputs[step.id] = (context.steps[step.path] ?? emptyStep).outputs;
  }
  return outputs;
}
