import type { PlanStep } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import { failStep, skipStep } from './finish-step.ts';
import { walkOver } from './restart.ts';
import { isHalted, runPath, stepOf, type Turn, updateStep } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/**
 * The first thing every step does. A step inside a halted block stays `pending`; otherwise its `if`
 * decides, and an expression that fails is a failure of the step, never `false`.
 */
export function testStep(turn: Turn, step: PlanStep, within: readonly string[]): void {
  if (isHalted(turn.context, within)) {
    updateStep(turn, step.path, { go: 'end' });
    return;
  }
  if (stepOf(turn, step.path).kept) {
    walkOver(turn, step);
    return;
  }
  const { env } = turn.context;
  const generation = env.given.generations[runPath(turn.context, step.path)] ?? 0;
  updateStep(turn, step.path, { status: 'active', startedAtMs: env.nowMs, generation, go: 'body' });
  // A block `if` is a step kind of its own: its condition chooses the branch.
  if (step.if === null || step.kind === 'if') return;
  const tested = evaluate(step.if, visibleNames(turn.context, step.path));
  if (!tested.ok) {
    failStep(turn, step, { code: tested.code, kind: 'terminal', message: `if: ${tested.message}` });
  } else if (tested.value === false) {
    skipStep(turn, step);
  } else if (tested.value !== true) {
    failStep(turn, step, {
      code: 'run/expression-failed',
      kind: 'terminal',
      message: 'if: the result is not a boolean',
    });
  }
}
