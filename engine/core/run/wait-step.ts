import type { JsonObject } from '../../../schemas/json.ts';
import { assertNever } from '../contracts/invariant.ts';
import type { WaitStep } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import { readInstant } from '../expression/functions/strict-conversions.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { boundKey } from '../intake/bound-key.ts';
import type { RunContext } from './context.ts';
import { cancelStep, failStep, succeedStep } from './finish-step.ts';
import { tooLarge } from './inner-scope.ts';
import { isOfNamesake } from './own-incident.ts';
import { stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/* Time, instant, or signal (language reference 9.5, table "wait"; the place in the group: 9.15, item 6). */

type SignalWait = Extract<WaitStep['wait'], { for: 'signal' }>;

export function beginWait(turn: Turn, step: WaitStep, within: readonly string[]): void {
  const { nowMs } = turn.context.env;
  const { wait } = step;
  switch (wait.for) {
    case 'duration':
      waitUntil(turn, step, nowMs + wait.ms, within);
      return;
    case 'instant': {
      const until = renderTemplate(wait.until, visibleNames(turn.context, step.path));
      const atMs = until.ok ? instantOf(until.value) : null;
      if (!until.ok)
        failStep(turn, step, { code: until.code, kind: 'terminal', message: `until: ${until.message}` });
      else if (atMs === null) {
        const message = 'until: the result is not an instant such as 2026-11-20T03:00:00Z';
        failStep(turn, step, { code: 'run/expression-failed', kind: 'terminal', message });
      } else waitUntil(turn, step, atMs, within);
      return;
    }
    case 'signal':
      waitForSignal(turn, step, wait, within);
      return;
    default:
      assertNever(wait, 'wait');
  }
}

/** An instant in the past passes at once. */
function waitUntil(turn: Turn, step: WaitStep, atMs: number, within: readonly string[]): void {
  const until = new Date(atMs).toISOString();
  if (atMs <= turn.context.env.nowMs) {
    write(turn, 'wait.ended', { step: step.path, data: { until, waited: false } });
    succeedStep(turn, step, { timed_out: false });
    return;
  }
  write(turn, 'wait.started', { step: step.path, data: { until } });
  enter(turn, step, atMs, within);
}

function waitForSignal(turn: Turn, step: WaitStep, wait: SignalWait, within: readonly string[]): void {
  const atMs = turn.context.env.nowMs + wait.timeoutMs;
  let key: { path: string; value: string } | null = null;
  if (wait.key !== null) {
    const value = evaluate(wait.key.expr, visibleNames(turn.context, step.path));
    // `has(inputs.ticket) && signal.body.ticket == inputs.ticket` is false without one, and that is no failure.
    const isWanted = value.ok || listener(turn.context, step)({}).does !== 'nothing';
    if (!value.ok && isWanted) {
      failStep(turn, step, { code: value.code, kind: 'terminal', message: `match: ${value.message}` });
      return;
    }
    // Only texts are looked up; anything else is tried signal by signal, with the types of the language.
    if (value.ok && typeof value.value === 'string') key = { path: wait.key.path, value: value.value };
  }
  // Without a value to find them by, nobody looks at everything that came for days.
  const isNamed = key !== null && key.value !== '';
  const sinceMs = wait.since === 'run' && isNamed ? turn.context.env.given.createdAtMs : null;
  const until = new Date(atMs).toISOString();
  write(turn, 'wait.started', {
    step: step.path,
    data: {
      for: wait.type,
      until,
      ...(sinceMs === null ? {} : { since: new Date(sinceMs).toISOString() }),
      ...(key === null ? {} : { key: { ...key, value: boundKey(key.value) } }),
    },
  });
  enter(turn, step, atMs, within);
  turn.commands.push({ kind: 'subscribe', ref: step.path, type: wait.type, key, sinceMs });
}

function enter(turn: Turn, step: WaitStep, atMs: number, within: readonly string[]): void {
  updateStep(turn, step.path, { phase: 'waiting', go: '' });
  turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'wait', seq: 0, atMs });
  const { plan, scope } = turn.context.env;
  // Inside a `parallel` the other branches may act: the run keeps its place.
  const alone = scope.kind === 'run' && within.length === 1;
  if (plan.concurrency === null || !alone || turn.context.place !== 'held') return;
  turn.context.place = 'away';
  turn.commands.push({ kind: 'give-place' });
}

/** The first signal that matches ends the wait; any other one changes nothing. */
export function receiveSignal(turn: Turn, step: WaitStep, signal: JsonObject, signalId: string): void {
  const heard = listener(turn.context, step)(signal);
  if (heard.does === 'note') noteUnreadable(turn, step, heard.code, heard.message);
  if (heard.does !== 'end') return;
  turn.commands.push({ kind: 'unsubscribe', ref: step.path });
  write(turn, 'wait.ended', { step: step.path, data: { signal: signalId, timed_out: false } });
  end(turn, step, { signal, timed_out: false }, false);
}

/** What a signal does to a wait: nothing when it does not match; what `match` cannot read is noted. */
export type Heard = { does: 'end' } | { does: 'nothing' } | { does: 'note'; code: string; message: string };

export function listener(context: RunContext, step: WaitStep): (signal: JsonObject) => Heard {
  const { wait } = step;
  if (wait.for !== 'signal') return () => ({ does: 'nothing' });
  const { match } = wait;
  if (match === null) return () => ({ does: 'end' });
  const scope = visibleNames(context, step.path);
  const own = context.env.given.incident;
  return (signal) => {
    if (isOfNamesake(match, own, signal)) return { does: 'nothing' };
    const matched = evaluate(match, { ...scope, names: { ...scope.names, signal } });
    if (!matched.ok) return { does: 'note', code: matched.code, message: matched.message };
    return { does: matched.value === true ? 'end' : 'nothing' };
  };
}

/** Written once per wait: whoever can send signals must not be able to fill the log with them. */
function noteUnreadable(turn: Turn, step: WaitStep, code: string, message: string): void {
  if (stepOf(turn, step.path).lastFailure !== null) return;
  updateStep(turn, step.path, { lastFailure: { code, kind: 'terminal', message } });
  write(turn, 'run.event-ignored', { step: step.path, code, reason: `match: ${message}` });
}

/** The duration is over, or nothing came in time. */
export function passTime(turn: Turn, step: WaitStep): void {
  const timedOut = step.wait.for === 'signal';
  if (timedOut) turn.commands.push({ kind: 'unsubscribe', ref: step.path });
  write(turn, 'wait.ended', { step: step.path, data: { timed_out: timedOut } });
  end(turn, step, timedOut ? { signal: null, timed_out: true } : { timed_out: false }, timedOut);
}

function end(turn: Turn, step: WaitStep, outputs: JsonObject, timedOut: boolean): void {
  if (turn.context.place === 'held') {
    leave(turn, step, outputs, timedOut);
    return;
  }
  turn.commands.push({ kind: 'clear-deadlines', ref: step.path, deadlines: ['wait'] });
  updateStep(turn, step.path, { waited: { outputs, timedOut }, phase: 'queueing', go: 'queueing' });
  if (turn.context.place === 'returning') return;
  turn.context.place = 'returning';
  turn.commands.push({ kind: 'want-place' });
}

/** The run has its place again: the wait is over now. */
export function takePlace(turn: Turn, step: WaitStep): void {
  turn.context.place = 'held';
  const { waited } = stepOf(turn, step.path);
  leave(turn, step, waited?.outputs ?? {}, waited?.timedOut ?? false);
}

function leave(turn: Turn, step: WaitStep, outputs: JsonObject, timedOut: boolean): void {
  updateStep(turn, step.path, { waited: null });
  const large = tooLarge(outputs);
  if (large !== null) failStep(turn, step, large);
  else if (timedOut && step.wait.for === 'signal' && step.wait.onTimeout === 'fail') {
    const message = `no ${step.wait.type} that matches came in time`;
    failStep(turn, step, { code: 'run/wait-timed-out', kind: 'terminal', message }, outputs);
  } else succeedStep(turn, step, outputs);
}

export function cancelWait(turn: Turn, step: WaitStep): void {
  if (step.wait.for === 'signal' && stepOf(turn, step.path).waited === null) {
    turn.commands.push({ kind: 'unsubscribe', ref: step.path });
  }
  write(turn, 'wait.ended', { step: step.path, reason: 'cancelled' });
  cancelStep(turn, step);
}

/** RFC 3339 with an offset, as `timestamp()` reads it; a text without one would mean another instant on another machine. */
function instantOf(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  // Seconds may be left out.
  const whole = value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?=Z|[+-])/, '$1:00');
  return readInstant(whole)?.getTime() ?? null;
}
