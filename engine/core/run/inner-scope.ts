import type { JsonObject } from '../../../schemas/json.ts';
import { askedUnder } from '../approval/under-terms.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { Frame, ScopeResult } from '../contracts/scope.ts';
import { cancelStep, denyStep, endBlock, failStep } from './finish-step.ts';
import { stepOf, type Turn, updateStep, write } from './turn.ts';
import { outsideNames } from './visible-names.ts';

/* What every step with scopes inside does: what it hands them, and what their end means for it. */

/** Language reference 9.16: the output of one step. */
export const outputBytesMax = 256 * 1024;

/** What the scopes inside a step see of the outside, frozen now. `approval`: the whole list was asked about. */
export function frameOf(turn: Turn, step: PlanStep): Frame {
  const { scope } = turn.context.env;
  const { approval, approvalId, approved, digest } = stepOf(turn, step.path);
  const under = step.kind === 'foreach' ? { under: askedUnder(turn.context, step, approval?.by ?? []) } : {};
  const asked =
    approved && approval !== null && approvalId !== null
      ? {
          by: approval.by,
          comment: approval.comment,
          decidedAt: approval.decidedAt ?? '',
          approvalId,
          digest,
          ...under,
        }
      : null;
  return {
    names: outsideNames(turn.context, step.path),
    facts: turn.context.facts,
    approval: asked ?? scope.frame?.approval ?? null,
    undo: scope.frame?.undo ?? null,
  };
}

/** A halted block tells its inner scope, and awaits it: what is out is awaited there. */
export function haltInside(turn: Turn, ref: string): void {
  turn.commands.push({ kind: 'halt-scope', ref });
}

/** Further in, the run was told to stop: this scope, too, begins nothing more and tells on. */
export function passStop(turn: Turn, result: ScopeResult, topBlock: string): void {
  if (!result.stops || turn.context.env.scope.kind === 'run') return;
  turn.context.stops = true;
  endBlock(turn, topBlock, 'cancelled', 'the run was stopped from inside');
}

/** An inner scope that did not succeed ends the step it was opened by in the same way. */
export function endLike(
  turn: Turn,
  step: PlanStep,
  result: ScopeResult,
  outputs: JsonObject,
  topBlock: string,
): void {
  const failure = result.failure?.failure ?? {
    code: 'run/items-failed',
    kind: 'terminal' as const,
    message: 'nothing inside succeeded',
  };
  switch (result.status) {
    case 'failed':
      failStep(turn, step, failure, outputs);
      return;
    case 'denied': {
      updateStep(turn, step.path, { outputs });
      const by = denialBy[failure.code] ?? 'person';
      denyStep(turn, step, { by, reason: failure.message }, topBlock);
      return;
    }
    default:
      updateStep(turn, step.path, { outputs });
      cancelStep(turn, step);
  }
}

const denialBy: { [code: string]: 'guard' | 'expiry' } = {
  'guard/denied': 'guard',
  'approval/expired': 'expiry',
};

/** Null when the outputs are small enough to be kept. */
export function tooLarge(outputs: JsonObject): { code: string; kind: 'terminal'; message: string } | null {
  const size = Buffer.byteLength(JSON.stringify(outputs), 'utf8');
  if (size <= outputBytesMax) return null;
  return {
    code: 'run/output-too-large',
    kind: 'terminal',
    message: `the output has ${size} bytes; at most ${outputBytesMax} are kept`,
  };
}

export function writeLoopEnd(turn: Turn, step: PlanStep, result: ScopeResult, data: JsonObject): void {
  const outcome =
    result.status === 'succeeded' ? 'success' : result.status === 'denied' ? 'denied' : 'failure';
  write(turn, 'loop.finished', {
    step: step.path,
    outcome,
    ...(result.failure === null
      ? {}
      : { code: result.failure.failure.code, reason: result.failure.failure.message }),
    data: { state: result.status, ...data },
  });
}
