import type { RepeatStep } from '../contracts/plan.ts';
import type { ScopeResult } from '../contracts/scope.ts';
import { cancelStep, failStep, succeedStep } from './finish-step.ts';
import { endLike, frameOf, passStop, tooLarge, writeLoopEnd } from './inner-scope.ts';
import { isHalted, stepOf, type Turn, updateStep, write } from './turn.ts';

/* Do, then test; bounded (language reference 9.5, table "repeat"). */

/** Language reference 9.16. */
const roundsMax = 100;

export function openRound(turn: Turn, step: RepeatStep): void {
  const number = stepOf(turn, step.path).round + 1;
  if (number === 1) {
    write(turn, 'loop.started', { step: step.path, data: { rounds: Math.min(step.max, roundsMax) } });
  }
  turn.commands.push({ kind: 'open-round', ref: step.path, number, frame: frameOf(turn, step) });
  updateStep(turn, step.path, { round: number, phase: 'inside', go: '' });
}

export function settleRound(
  turn: Turn,
  step: RepeatStep,
  { scope, result }: { scope: string; result: ScopeResult },
  within: readonly [string, ...string[]],
): void {
  const { round } = stepOf(turn, step.path);
  // The end of an earlier round, told twice, says nothing about the round that is open now.
  if (!scope.endsWith(`#${round}`)) return;
  const outputs = { last: result.outputs };
  passStop(turn, result, within[0]);
  const finish = () => writeLoopEnd(turn, step, result, { rounds: round, until: result.until });
  if (result.status !== 'succeeded') {
    finish();
    endLike(turn, step, result, tooLarge(outputs) === null ? outputs : {}, within[0]);
    return;
  }
  const large = tooLarge(outputs);
  if (large !== null) {
    finish();
    failStep(turn, step, large);
  } else if (result.until === true) {
    finish();
    succeedStep(turn, step, outputs);
  } else if (result.stops || isHalted(turn.context, within)) {
    finish();
    cancelStep(turn, step);
  } else if (round >= Math.min(step.max, roundsMax)) {
    finish();
    const message = `"until" was still false after ${round} rounds`;
    failStep(turn, step, { code: 'run/repeat-exhausted', kind: 'terminal', message }, outputs);
  } else if (step.everyMs > 0) {
    const atMs = turn.context.env.nowMs + step.everyMs;
    turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'every', seq: round, atMs });
    updateStep(turn, step.path, { phase: 'waiting', go: 'pausing' });
  } else {
    updateStep(turn, step.path, { go: 'between' });
  }
}
