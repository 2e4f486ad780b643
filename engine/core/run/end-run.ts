import type { JsonObject } from '../../../schemas/json.ts';
import type { RunEvent } from '../contracts/command.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { failureOf } from './block-step.ts';
import type { RunContext } from './context.ts';
import { endBlock } from './finish-step.ts';
import { undoRef } from './scope-path.ts';
import { halt, type Turn, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/* How a run begins and ends (language reference 9.3, 9.8, 9.12). */

export function beginRun(turn: Turn): void {
  const { plan, given, nowMs } = turn.context.env;
  turn.context.started = true;
  write(turn, 'run.started', {
    ...(given.alertId === null ? {} : { alertId: given.alertId }),
    ...(given.incidentId === null ? {} : { incidentId: given.incidentId }),
    onBehalfOf: given.startedBy,
    data: {
      mode: given.mode,
      ...(given.askedMode !== undefined && { asked_mode: given.askedMode }),
      trigger: given.triggerId,
    },
  });
  turn.commands.push({
    kind: 'set-deadline',
    ref: 'run',
    deadline: 'run-timeout',
    seq: 0,
    atMs: nowMs + plan.timeoutMs,
  });
  for (const { name, value } of plan.vars) {
    const rendered = renderTemplate(value, visibleNames(turn.context));
    if (!rendered.ok) {
      endBlock(turn, 'main', 'failed', `vars.${name}: ${rendered.message}`);
      return;
    }
    turn.context.vars = { ...turn.context.vars, [name]: rendered.value };
  }
}

export function cancelRun(turn: Turn, event: Extract<RunEvent, { type: 'run.cancel' }>): void {
  endBlock(turn, 'main', 'cancelled', event.reason === '' ? `cancelled by ${event.by}` : event.reason);
  if (event.undo) orderUndoOfAll(turn, event);
  write(turn, 'run.cancel-requested', {
    reason: event.reason,
    onBehalfOf: event.by,
    ...(event.undo ? { data: { undo: true } } : {}),
  });
}

function orderUndoOfAll(turn: Turn, { excluded = [] }: Extract<RunEvent, { type: 'run.cancel' }>): void {
  turn.context.undoAll = true;
  turn.context.undoOrderedBy = [...new Set([...(turn.context.undoOrderedBy ?? []), ...excluded])];
}

/** A `stop` inside a loop ends the whole run. */
export function stopFromInside(
  turn: Turn,
  event: Extract<RunEvent, { type: 'scope.stop' }>,
  topBlock: string,
): void {
  endBlock(turn, topBlock, event.outcome, event.reason);
  write(turn, 'run.cancel-requested', {
    code: 'run/stopped',
    reason: event.reason,
    data: { from: event.from, outcome: event.outcome },
  });
}

/** Language reference 9.16: a run that writes without end is stopped while its story can still be read. */
export function exceedEntries(turn: Turn): void {
  const reason = 'more entries were written than a run may write';
  endBlock(turn, 'main', 'failed', reason);
  write(turn, 'limit.exceeded', { code: 'run/too-many-entries', reason });
}

/** A cancel while a closing block is at work ends that block only: the outcome stands already. */
export function cutShort(
  turn: Turn,
  event: Extract<RunEvent, { type: 'run.cancel' }>,
  block: 'on_failure' | 'finally',
): void {
  if (event.undo) orderUndoOfAll(turn, event);
  endBlock(turn, block, 'cancelled', event.reason);
  write(turn, 'run.cancel-requested', {
    reason: event.reason,
    onBehalfOf: event.by,
    ...(event.undo ? { data: { undo: true } } : {}),
  });
}

/** Asked for, and not done yet. */
export function mustUndo(context: RunContext): boolean {
  return context.undoAll && context.steps[undoRef('run')] === undefined;
}

/** Acting needs the place in the concurrency group that a wait gave back. */
export function needsPlace(context: RunContext): boolean {
  if (context.place === 'held') return false;
  return mustUndo(context) || (runsOnFailure(context) && context.env.plan.onFailure.length > 0);
}

export function wantPlace(turn: Turn): void {
  if (turn.context.place !== 'away') return;
  turn.context.place = 'returning';
  turn.commands.push({ kind: 'want-place' });
}

export function timeRunOut(turn: Turn): void {
  endBlock(turn, 'main', 'timed-out', 'the run took longer than its timeout');
  write(turn, 'run.cancel-requested', {
    code: 'run/timed-out',
    reason: 'the run took longer than its timeout',
  });
}

/** After the main part: fixes the outcome, so that nothing in the closing blocks can change it. */
export function settleMain(turn: Turn): void {
  const inner = failureOf(turn.context, turn.context.env.plan.steps);
  if (turn.context.ending === null) {
    turn.context.ending =
      inner === null
        ? { outcome: 'succeeded', reason: '' }
        : { outcome: 'failed', reason: `${inner.step}: ${inner.failure.message}` };
  }
  if (inner !== null) turn.context.failure = inner;
  else if (turn.context.ending.outcome === 'timed-out' || turn.context.ending.outcome === 'failed') {
    const { reason, outcome } = turn.context.ending;
    const code = outcome === 'timed-out' ? 'run/timed-out' : 'run/stopped';
    turn.context.failure = { step: 'run', failure: { code, kind: 'terminal', message: reason } };
  }
}

/** Once; a block that was cut short is not begun again. */
export function runsOnFailure(context: RunContext): boolean {
  const outcome = context.ending?.outcome;
  return (outcome === 'failed' || outcome === 'timed-out') && !context.halted.includes('on_failure');
}

/** Whoever has come to `finally` does not go back, whatever is taken back afterwards. */
export function leaveOnFailure(turn: Turn): void {
  halt(turn, 'on_failure');
}

export function finishRun(turn: Turn): void {
  const { plan } = turn.context.env;
  const ending = turn.context.ending ?? {
    outcome: 'cancelled' as const,
    reason: 'cancelled before it started',
  };
  const outputs: JsonObject = {};
  for (const [name, template] of Object.entries(plan.outputs)) {
    const rendered = renderTemplate(template, visibleNames(turn.context));
    outputs[name] = rendered.ok ? rendered.value : null;
    if (!rendered.ok) {
      write(turn, 'step.failed', {
        code: rendered.code,
        reason: `outputs.${name}: ${rendered.message}`,
        outcome: 'failure',
      });
    }
  }
  turn.commands.push({ kind: 'clear-deadlines', ref: 'run', deadlines: ['run-timeout'] });
  turn.commands.push({ kind: 'finish-run', outcome: ending.outcome, reason: ending.reason, outputs });
  write(turn, 'run.finished', {
    outcome: ending.outcome === 'succeeded' ? 'success' : ending.outcome === 'denied' ? 'denied' : 'failure',
    reason: ending.reason,
    data: { state: ending.outcome, mode: turn.context.env.given.mode },
  });
}

export function regainPlace(turn: Turn): void {
  turn.context.place = 'held';
}
