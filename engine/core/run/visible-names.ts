import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { doublesAt } from '../compile/plan-doubles.ts';
import type { RenderedAction } from '../contracts/command.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { Scope } from '../expression/evaluate.ts';
import { emptyStep, type RunContext, type StepState } from './context.ts';
import { usableFacts } from './known-facts.ts';
import { allSteps, handledSteps, stepAt } from './list-steps.ts';

/**
 * What the expressions of a step can see (language reference 7.2 and 9.10); without a path, those of the
 * body as a whole. A body sees its own steps, its loop variable, and the frame of what is outside.
 */
export function visibleNames(context: RunContext, path?: string): Scope {
  const { plan, given, nowMs, scope } = context.env;
  const outside = scope.frame?.names ?? {};
  const steps: JsonObject = isJsonObject(outside.steps) ? { ...outside.steps } : {};
  for (const step of allSteps(plan, scope.body)) {
    if (!isAuthored(step)) continue;
    steps[step.id] = stepName(step, context.steps[step.path] ?? emptyStep);
  }
  const names: JsonObject = {
    ...outside,
    ...loopNames(context),
    inputs: given.inputs,
    steps,
    run: runName(context),
  };
  names.vars = scope.kind === 'run' ? context.vars : (outside.vars ?? {});
  if (given.alert !== null) names.alert = given.alert;
  const failure = visibleFailure(context, path);
  if (failure !== null) names.failure = failure;
  return { names, nowMs, types: doublesAt(plan, scope.body, path) };
}

/** What the bodies inside a step see of this one: everything that is not the run's own. */
export function outsideNames(context: RunContext, path: string): JsonObject {
  const { inputs: _inputs, run: _run, alert: _alert, ...rest } = visibleNames(context, path).names;
  return rest;
}

function loopNames(context: RunContext): JsonObject {
  const { plan, scope } = context.env;
  if (scope.kind !== 'item' || scope.item === null) return {};
  const loop = stepAt(plan, scope.body);
  return loop?.kind === 'foreach' ? { [loop.as]: scope.item.value, index: scope.item.index } : {};
}

/**
 * Inside `on_error` it is the failure of the step that the block belongs to, whatever happens in
 * other branches meanwhile; in `on_failure` it is the run's.
 */
function visibleFailure(context: RunContext, path: string | undefined): JsonObject | null {
  const owner = path === undefined ? undefined : handledSteps(context.env.plan).get(path);
  const own = owner === undefined ? null : (context.steps[owner.path]?.failure ?? null);
  const failure = owner === undefined || own === null ? context.failure : { step: owner.id, failure: own };
  if (failure === null) return null;
  const { code, kind, message, cause } = failure.failure;
  const known = { step: failure.step, code, kind, message };
  return cause === undefined
    ? known
    : { ...known, cause: { code: cause.code, kind: cause.kind, message: cause.message } };
}

/** The same plus `guard`, for `deny_if`. Unknown facts are absent, so a rule that needs them denies. */
export function guardNames(context: RunContext, path: string, rendered: RenderedAction): Scope {
  const scope = visibleNames(context, path);
  return { ...scope, names: { ...scope.names, guard: guardOf(context, rendered) } };
}

export function guardOf(context: RunContext, rendered: RenderedAction): JsonObject {
  const { target } = rendered;
  const facts = target === null ? {} : usableFacts(context.facts[`${target.kind}:${target.id}`] ?? {});
  return {
    action: rendered.action,
    arguments: rendered.arguments,
    count: 1,
    target: target === null ? null : { ...facts, kind: target.kind, id: target.id },
  };
}

function isAuthored(step: PlanStep): boolean {
  return !step.id.includes('#');
}

function stepName({ kind }: PlanStep, step: StepState): JsonObject {
  // A loop's results are beside its outputs, which stay empty (S3).
  const name: JsonObject = {
    ...(kind === 'foreach' ? step.outputs : {}),
    status: step.status,
    outputs: kind === 'foreach' ? {} : step.outputs,
    attempts: step.attempts,
    approval: {
      outcome: step.approval?.outcome ?? 'not_asked',
      by: step.approval?.by ?? [],
      comment: step.approval?.comment ?? '',
      ...(step.approval?.decidedAt ? { decided_at: step.approval.decidedAt } : {}),
    },
  };
  if (step.failure !== null) {
    name.failure = { code: step.failure.code, kind: step.failure.kind, message: step.failure.message };
  }
  if (step.denial !== null) name.denial = { by: step.denial.by, reason: step.denial.reason };
  if (step.branches !== null) name.branches = step.branches as { [name: string]: Json };
  if (step.startedAtMs !== null) name.started_at = new Date(step.startedAtMs).toISOString();
  if (step.finishedAtMs !== null) name.finished_at = new Date(step.finishedAtMs).toISOString();
  return name;
}

function runName(context: RunContext): JsonObject {
  const { plan, given } = context.env;
  return {
    id: given.runId,
    playbook: plan.playbook.id,
    version: plan.playbook.version,
    mode: given.mode,
    trigger: given.triggerId,
    started_at: new Date(given.createdAtMs).toISOString(),
    started_by: given.startedBy,
    url: given.url,
  };
}
