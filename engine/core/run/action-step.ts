import { executeWithinMs, grantExpired } from '../approval/judge-grant.ts';
import { changesTargets, type Failure } from '../contracts/action.ts';
import type { GrantToJudge, RenderedAction, RunEvent } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import type { Under } from '../contracts/scope.ts';
import { judgePlaybookGuards, limitQuestions } from '../guard/judge-playbook-guards.ts';
import { wantHold } from '../hold/want-hold.ts';
import { giveUp, unknownFailure } from '../task/open-task.ts';
import { leaveRecord } from '../undo/leave-record.ts';
import { lookFor } from '../undo/look-for.ts';
import { aboutAction, renderedOf } from './about-action.ts';
import { seededFraction } from './action-key.ts';
import type { StepState } from './context.ts';
import { coveringGate, nameGate } from './covering-gate.ts';
import { cancelStep, denyStep, failStep, succeedStep } from './finish-step.ts';
import { keptApart } from './kept-apart.ts';
import { learnFacts, storedFacts } from './known-facts.ts';
import { nextAttempt } from './next-attempt.ts';
import { renderAction } from './render-action.ts';
import { runPath, stepOf, type Turn, updateStep, write } from './turn.ts';
import { guardOf } from './visible-names.ts';
import { voidGrant } from './void-grant.ts';

/*
 * The life of one action (language reference 9.5, table "action"), one function per node. Claiming
 * an attempt is the database's business (lease with fencing), so `dispatch` and `running` of the
 * table are one node here; whether a worker owns the attempt arrives with `deadline.passed`.
 * Asking people is in `ask-step.ts`.
 */

export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** A lost read is asked again after this, doubled each time up to a minute. */
const heldRecheckMs = { stop: 3_600_000, pause: 3_600_000, undo: 30_000, audit: 60_000, compare: 60_000 };
const heldCodes = {
  stop: 'stop/active',
  pause: 'pause/active',
  undo: 'undo/under-way',
  audit: 'audit/fork',
  compare: 'audit/not-compared',
} as const;
const recheckMs = 2_000;
const recheckMsMax = 60_000;

export function renderStep(turn: Turn, step: ActionStep): void {
  const result = renderAction(turn.context, step);
  if (!result.ok) {
    failStep(turn, step, result.failure);
    return;
  }
  updateStep(turn, step.path, { rendered: result.rendered, target: result.rendered.target, go: 'guard' });
  const gate = coveringGate(turn, step, result.rendered);
  if (gate !== null) nameGate(turn, step, gate);
  write(turn, 'action.rendered', aboutAction(turn, step, result.rendered));
}

/** The chokepoint: the engine adds what only the database knows (stop, budgets) and answers with an event. */
export function checkGuards(turn: Turn, step: ActionStep): void {
  const rendered = renderedOf(turn, step);
  const deny = judgePlaybookGuards(turn.context, step, rendered);
  updateStep(turn, step.path, { go: '' });
  const limits = limitQuestions(turn.context, step, rendered);
  const asksFirst = turn.context.env.scope.frame?.undo?.askFirst !== undefined;
  const granted = asksFirst && stepOf(turn, step.path).approved ? { granted: true as const } : {};
  const guard = guardOf(turn.context, rendered);
  const approved = stepOf(turn, step.path).approved ? { approved: true as const } : {};
  const reserved = stepOf(turn, step.path).reserved ? { reserved: true as const } : {};
  const grant = grantOf(turn, step);
  const under = underOf(turn, step, rendered);
  turn.commands.push({
    kind: 'check-guards',
    ref: step.path,
    rendered,
    deny,
    guard,
    limits,
    ...granted,
    ...approved,
    ...reserved,
    ...(grant !== null && { grant }),
    ...(under !== undefined && { under }),
  });
}

/** The yes that it would go out on: its own that let nothing through yet, or of a first attempt its gate's or its list's. */
function grantOf(turn: Turn, step: ActionStep): GrantToJudge | null {
  const { approved, approvalId, executeBeforeMs, attempts } = stepOf(turn, step.path);
  if (approved) return approvalId === null || executeBeforeMs === null ? null : { approvalId, unused: true };
  if (attempts > 0) return null;
  const gate = turn.context.covered[step.path];
  if (gate?.approvalId !== undefined) return { approvalId: gate.approvalId, unused: false };
  const list = turn.context.env.scope.frame?.approval ?? null;
  if (list === null || !changesTargets(step.action.class)) return null;
  return { approvalId: list.approvalId, unused: false };
}

/** Of a gate whose yes is about another rendering it says nothing. */
function underOf(turn: Turn, step: ActionStep, rendered: RenderedAction): Under | undefined {
  if (turn.context.covered[step.path] === undefined) return turn.context.env.scope.frame?.approval?.under;
  return coveringGate(turn, step, rendered)?.under;
}

/** The guards' answer came out of the same transaction that counted the target. */
export function reserve(turn: Turn, step: ActionStep): void {
  if (renderedOf(turn, step).target !== null) updateStep(turn, step.path, { reserved: true });
}

/** A guard or a budget demands a yes that the author did not ask for. */
export function demandByGuard(turn: Turn, step: ActionStep, event: EventOf<'guard.ask'>): void {
  const { guardId, message, terms, held } = event;
  const demand = { guardId, message, ...(terms && { terms }), ...(held && { held }) };
  updateStep(turn, step.path, { demand });
  write(turn, 'guard.asked', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    reason: event.message,
    data: { guard: event.guardId },
  });
}

export function denyByGuard(
  turn: Turn,
  step: ActionStep,
  event: EventOf<'guard.denied'>,
  topBlock: string,
): void {
  write(turn, 'guard.denied', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    outcome: 'denied',
    code: event.code ?? 'guard/denied',
    reason: event.message,
    data: { guard: event.guardId },
  });
  denyStep(turn, step, { by: 'guard', reason: event.message }, topBlock);
}

/** Nothing is lost, nothing goes out; whatever held it wakes it, and it also looks again by itself. */
export function holdStep(turn: Turn, step: ActionStep, event: EventOf<'guard.held'>): void {
  updateStep(turn, step.path, { phase: 'held', go: '' });
  write(turn, 'action.held', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    code: heldCodes[event.by],
    reason: event.message,
  });
  turn.commands.push({
    kind: 'set-deadline',
    ref: step.path,
    deadline: 'recheck',
    seq: 0,
    atMs: turn.context.env.nowMs + heldRecheckMs[event.by],
  });
}

/** `audit` mode: what would have been done counts as done, with the action's declared example. */
export function simulateStep(turn: Turn, step: ActionStep): void {
  write(turn, 'action.simulated', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    simulated: true,
    outcome: 'success',
  });
  succeedStep(turn, step, step.action.example, true);
}

export function dispatchStep(turn: Turn, step: ActionStep): void {
  const rendered = renderedOf(turn, step);
  const before = stepOf(turn, step.path);
  const number = before.attempts + 1;
  updateStep(turn, step.path, { attempts: number, phase: 'dispatched', deadlineSet: true, go: '' });
  wantHold(turn, step, rendered);
  const look = lookFor(turn);
  const claimBeforeMs = claimBefore(turn, step);
  write(turn, 'action.attempted', { ...aboutAction(turn, step, rendered), attempt: number });
  turn.commands.push({
    kind: 'enqueue-attempt',
    ref: step.path,
    purpose: 'perform',
    number,
    rendered,
    handle: null,
    timeoutMs: step.timeoutMs,
    ...(claimBeforeMs !== null && { claimBeforeMs }),
    ...(look !== null && { look }),
  });
  if (claimBeforeMs !== null) {
    // Each attempt moves it on.
    turn.commands.push({
      kind: 'set-deadline',
      ref: step.path,
      deadline: 'claim',
      seq: 0,
      atMs: claimBeforeMs,
    });
  }
  if (!before.deadlineSet) {
    const atMs = turn.context.env.nowMs + step.deadlineMs;
    turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'deadline', seq: 0, atMs });
  }
}

/** A yes of its own says until when; what no yes or an older one lets through was judged just now. */
function claimBefore(turn: Turn, step: ActionStep): number | null {
  if (!changesTargets(step.action.class)) return null;
  const { approved, executeBeforeMs } = stepOf(turn, step.path);
  return approved && executeBeforeMs !== null ? executeBeforeMs : turn.context.env.nowMs + executeWithinMs;
}

export function succeed(
  turn: Turn,
  step: ActionStep,
  outputs: EventOf<'action.succeeded'>['outputs'],
  changed: boolean | null,
): void {
  const rendered = renderedOf(turn, step);
  const { attempts, doubtful, checks } = stepOf(turn, step.path);
  rememberFacts(turn, step, rendered, outputs);
  write(turn, 'action.succeeded', {
    ...aboutAction(turn, step, rendered),
    attempt: attempts,
    outcome: 'success',
    data: { changed, ...keptApart(outputs) },
  });
  // Before the record: a rollback's arguments may come from what the step has just found out.
  succeedStep(turn, step, outputs);
  leaveRecord(turn, step, rendered, originOf(changed, doubtful || checks > 0), outputs);
}

/**
 * After an attempt nobody knows about, "nothing changed" may mean that this very attempt changed it, also
 * when the target showed no effect in between: a request can be slower than the look.
 */
function originOf(changed: boolean | null, doubtful: boolean): 'ours' | 'found' | 'unknown' {
  if (changed === null) return 'unknown';
  if (changed) return 'ours';
  return doubtful ? 'unknown' : 'found';
}

export function accept(
  turn: Turn,
  step: ActionStep,
  event: EventOf<'action.accepted'> | EventOf<'check.in-transition'>,
): void {
  const { nowMs } = turn.context.env;
  const before = stepOf(turn, step.path);
  // Its deadline has been posted already and will not come again: nothing would end the asking.
  if (before.overdue) {
    failOverdue(turn, step, 'action/unconfirmed', unconfirmedMessage);
    return;
  }
  const first = before.phase !== 'confirming';
  updateStep(turn, step.path, {
    phase: 'confirming',
    handle: event.handle,
    confirms: before.confirms + 1,
    go: 'confirming',
  });
  if (first) {
    write(turn, 'action.accepted', {
      ...aboutAction(turn, step, renderedOf(turn, step)),
      attempt: before.attempts,
      data: { handle: event.handle },
    });
  }
  const seq = before.confirms + 1;
  turn.commands.push({
    kind: 'set-deadline',
    ref: step.path,
    deadline: 'poll',
    seq,
    atMs: nowMs + event.pollAfterMs,
  });
}

export function poll(turn: Turn, step: ActionStep): void {
  const state = stepOf(turn, step.path);
  enqueueLook(turn, step, 'confirm', state.confirms, state.handle);
}

/** A confirm that could not be read says nothing about the effect: look again later. */
export function pollAgain(turn: Turn, step: ActionStep, waitMs: number): void {
  const before = stepOf(turn, step.path);
  const seq = before.confirms + 1;
  updateStep(turn, step.path, { confirms: seq, go: 'confirming' });
  const atMs = turn.context.env.nowMs + Math.max(waitMs, recheckWaitMs(seq));
  turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'poll', seq, atMs });
}

/** The target refuses to be asked. What it has accepted may happen all the same, so a person finds out. */
export function failUnasked(turn: Turn, step: ActionStep, { message }: Failure): void {
  const because = `the target accepted the request and cannot be asked about it: ${message}`;
  failOverdue(turn, step, 'action/unconfirmed', because);
}

/** After a failure that is known: another attempt, or the end, which `last` words when it is not the failure itself. */
export function settleFailure(turn: Turn, step: ActionStep, failure: Failure, last = failure): void {
  const state = stepOf(turn, step.path);
  const { given, nowMs } = turn.context.env;
  const fraction = seededFraction(
    given.seed,
    runPath(turn.context, step.path),
    String(state.generation),
    String(state.attempts),
  );
  const next = nextAttempt(step.retry, state.attempts, failure, fraction);
  const again = next.again && !state.overdue;
  write(turn, 'action.failed', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    attempt: state.attempts,
    outcome: 'failure',
    code: failure.code,
    reason: failure.message,
    ...(again ? { data: { again_in_ms: next.delayMs } } : {}),
  });
  if (!again) {
    giveUp(turn, step, last);
    return;
  }
  updateStep(turn, step.path, { phase: 'backing-off', lastFailure: failure, go: 'backoff' });
  const atMs = nowMs + next.delayMs;
  turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'delay', seq: state.attempts, atMs });
}

/** Nobody knows whether it happened. Ask the target; never repeat blindly (invariant 4). */
export function beginReconcile(turn: Turn, step: ActionStep, message: string): void {
  const state = stepOf(turn, step.path);
  write(turn, 'action.unknown', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    attempt: state.attempts,
    outcome: 'unknown',
    reason: message,
  });
  const doubtful = step.action.class !== 'read';
  updateStep(turn, step.path, { phase: 'reconciling', go: 'reconcile', doubtful });
  if (step.action.class === 'read') {
    // A read has no effect, so "unknown" is only a failed attempt.
    settleFailure(turn, step, { code: 'timeout', kind: 'retryable', message });
  } else if (step.action.canCheck) {
    checkTarget(turn, step);
  } else if (step.action.idempotent === 'native') {
    const failure: Failure = { code: 'timeout', kind: 'retryable', message };
    settleFailure(turn, step, failure, unknownFailure(message));
  } else {
    giveUp(turn, step, unknownFailure(message));
  }
}

export function checkTarget(turn: Turn, step: ActionStep): void {
  const checks = stepOf(turn, step.path).checks + 1;
  updateStep(turn, step.path, { checks });
  enqueueLook(turn, step, 'check', checks, null);
}

export function reconciledPresent(turn: Turn, step: ActionStep, event: EventOf<'check.present'>): void {
  write(turn, 'action.reconciled', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    outcome: 'success',
    data: { found: 'present' },
  });
  succeed(turn, step, event.outputs, null);
}

export function reconciledAbsent(turn: Turn, step: ActionStep): void {
  write(turn, 'action.reconciled', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    outcome: 'failure',
    data: { found: 'absent' },
  });
  updateStep(turn, step.path, { doubtful: false });
  if (step.action.idempotent === 'no') {
    updateStep(turn, step.path, { doubtful: true });
    giveUp(
      turn,
      step,
      unknownFailure('the target does not show the effect, and the action must not be repeated blindly'),
    );
    return;
  }
  const message = 'the attempt did not reach the target';
  settleFailure(turn, step, { code: 'timeout', kind: 'retryable', message });
}

export function checkAgain(turn: Turn, step: ActionStep, message: string): void {
  const state = stepOf(turn, step.path);
  if (state.overdue) {
    giveUp(turn, step, unknownFailure(message));
    return;
  }
  const atMs = turn.context.env.nowMs + recheckWaitMs(state.checks);
  turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'recheck', seq: state.checks, atMs });
}

/**
 * The step's time is over. Whether a worker has the attempt is only known by taking it back: one that
 * nobody took comes back as `attempt.revoked` and must never be taken now, any other one's outcome decides.
 */
export function passDeadline(turn: Turn, step: ActionStep, claimed: boolean): void {
  updateStep(turn, step.path, { overdue: true });
  if (claimed) {
    write(turn, 'run.event-ignored', {
      step: step.path,
      reason: 'the deadline passed while an attempt was out; its outcome decides',
    });
    return;
  }
  turn.commands.push({ kind: 'revoke-attempt', ref: step.path });
}

/** No worker came while what was judged was fresh. */
export function passClaim(turn: Turn, step: ActionStep, claimed: boolean): void {
  if (!claimed) turn.commands.push({ kind: 'revoke-attempt', ref: step.path });
}

/** Taken back before any worker had it: its time was over, its block was halted, or it is judged anew. */
export function leaveRevoked(turn: Turn, step: ActionStep, halted: boolean): void {
  if (stepOf(turn, step.path).overdue) failUndispatched(turn, step);
  else if (halted) cancelBeforeEffect(turn, step);
  else judgeAnew(turn, step);
}

/** It never was an attempt: its number comes again, and neither `retry` nor its gate is told. */
function judgeAnew(turn: Turn, step: ActionStep): void {
  const { attempts, approvalId, yesUsedBy } = stepOf(turn, step.path);
  write(turn, 'action.taken-back', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    attempt: attempts,
    reason: 'no worker took it while what was judged was fresh; it is judged anew',
  });
  updateStep(turn, step.path, { attempts: attempts - 1, go: 'recheck' });
  if (yesUsedBy === attempts) voidGrant(turn, step, { approvalId: approvalId ?? '', ...grantExpired });
}

export function failUndispatched(turn: Turn, step: ActionStep): void {
  // An earlier attempt may have acted all the same.
  giveUp(turn, step, {
    code: 'action/deadline',
    kind: 'terminal',
    message: 'not dispatched before the deadline of the step',
  });
}

export function failOverdue(turn: Turn, step: ActionStep, code: string, message: string): void {
  turn.commands.push({ kind: 'revoke-attempt', ref: step.path });
  giveUp(turn, step, { code, kind: 'terminal', message });
}

export function cancelBeforeEffect(turn: Turn, step: ActionStep): void {
  cancelStep(turn, step);
}

export const unconfirmedMessage = 'accepted by the target, not confirmed before the deadline';

function enqueueLook(
  turn: Turn,
  step: ActionStep,
  purpose: 'confirm' | 'check',
  number: number,
  handle: StepState['handle'],
): void {
  turn.commands.push({
    kind: 'enqueue-attempt',
    ref: step.path,
    purpose,
    number,
    rendered: renderedOf(turn, step),
    handle,
    timeoutMs: step.timeoutMs,
  });
}

export function recheckWaitMs(count: number): number {
  return Math.min(recheckMsMax, recheckMs * 2 ** Math.min(count - 1, 10));
}

function rememberFacts(
  turn: Turn,
  step: ActionStep,
  rendered: RenderedAction,
  outputs: StepState['outputs'],
): void {
  if (rendered.target === null || Object.keys(step.action.facts).length === 0) return;
  // Merged: an action that only learns the name must not forget the role that a lookup found.
  const known = turn.context.facts[`${rendered.target.kind}:${rendered.target.id}`] ?? {};
  const facts = learnFacts(known, step, outputs);
  turn.context.facts = { ...turn.context.facts, [`${rendered.target.kind}:${rendered.target.id}`]: facts };
  turn.commands.push({
    kind: 'remember-facts',
    ref: step.path,
    target: rendered.target,
    facts: storedFacts(facts),
  });
}
