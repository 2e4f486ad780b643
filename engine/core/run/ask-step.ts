import { actionPlanDigest, recordDigest } from '../approval/action-plan.ts';
import { buildRequest, isReversible, planOf } from '../approval/build-request.ts';
import type { ApprovalRequest } from '../contracts/command.ts';
import type { ActionStep, ApprovalStep, PlanApproval } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import { aboutAction, type EventOf, renderedOf, simulateStep } from './action-step.ts';
import { aboutStep, cancelStep, denyStep, failStep } from './finish-step.ts';
import { allSteps } from './list-steps.ts';
import { renderAction } from './render-action.ts';
import { stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/*
 * Asking people: from the guard's answer to a granted, re-checked action (language reference 5 and
 * the nodes `gate` and `recheck` of 9.5). The same functions serve the gate step.
 */

/** Language reference 5, rule 6: asked once, then again at most this often. */
const asksMax = 4;

type Asking = ActionStep | ApprovalStep;

export function afterGuard(turn: Turn, step: ActionStep, demanded: boolean): void {
  const { given } = turn.context.env;
  if (given.mode === 'audit' && step.action.class !== 'read') {
    if (demanded || wantsApproval(turn, step)) {
      write(turn, 'approval.not-asked', {
        ...aboutAction(turn, step, renderedOf(turn, step)),
        simulated: true,
      });
    }
    simulateStep(turn, step);
    return;
  }
  const gate = gateAnswer(turn, step);
  if (gate === 'covers') {
    updateStep(turn, step.path, { go: 'dispatch' });
    return;
  }
  // A look changes nothing: in audit mode nobody is woken for it.
  const onlyLooks = given.mode === 'audit';
  const ask = !onlyLooks && (demanded || gate === 'covers-no-more' || wantsApproval(turn, step));
  if (!ask && step.approval !== null) {
    updateStep(turn, step.path, { approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null } });
  }
  updateStep(turn, step.path, { go: ask ? 'asking' : 'dispatch' });
}

/** Mode `ask` puts everything that changes a target behind an approval; an error in `when` asks (7.3). */
function wantsApproval(turn: Turn, step: ActionStep): boolean {
  const rank = step.action.class;
  if (turn.context.env.given.mode === 'ask' && rank !== 'read' && rank !== 'notify') return true;
  if (step.approval === null) return false;
  if (step.approval.when === null) return true;
  const asked = evaluate(step.approval.when, visibleNames(turn.context, step.path));
  return !asked.ok || asked.value !== false;
}

/**
 * What the gate in front of a step says about it. A step that renders differently, or whose gate got
 * a no that the playbook lives with, asks for itself: it never goes out because nobody said yes.
 */
function gateAnswer(turn: Turn, step: ActionStep): 'none' | 'covers' | 'covers-no-more' {
  const covered = turn.context.covered[step.path];
  if (covered === undefined) return refusedByGate(turn, step) ? 'covers-no-more' : 'none';
  const record = recordDigest(
    turn.context.env.given.runId,
    step.path,
    renderedOf(turn, step),
    isReversible(step),
  );
  if (record !== covered.record) {
    write(turn, 'approval.superseded', {
      ...aboutAction(turn, step, renderedOf(turn, step)),
      reason: 'the step renders differently from what its gate covered',
      data: { gate: covered.gate },
    });
    return 'covers-no-more';
  }
  updateStep(turn, step.path, {
    approval: { outcome: 'granted', by: covered.by, comment: covered.comment, decidedAt: covered.decidedAt },
  });
  return 'covers';
}

function refusedByGate(turn: Turn, step: ActionStep): boolean {
  return allSteps(turn.context.env.plan).some(
    (each) =>
      each.kind === 'approval' &&
      each.covers.includes(step.path) &&
      ['denied', 'failed', 'cancelled'].includes(stepOf(turn, each.path).status),
  );
}

export function askAboutAction(turn: Turn, step: ActionStep): void {
  const rendered = renderedOf(turn, step);
  const approval = step.approval ?? step.fallbackApproval;
  const number = stepOf(turn, step.path).asks + 1;
  if (tooManyAsks(turn, step, number)) return;
  ask(turn, step, buildRequest(turn.context, step, rendered, approval, number), approval);
}

export function tooManyAsks(turn: Turn, step: Asking, number: number): boolean {
  if (number <= asksMax) return false;
  failStep(turn, step, {
    code: 'approval/moving-target',
    kind: 'terminal',
    message: `asked ${asksMax} times, and each time the action changed before it could be dispatched`,
  });
  return true;
}

export function ask(turn: Turn, step: Asking, request: ApprovalRequest, approval: PlanApproval): void {
  updateStep(turn, step.path, {
    asks: request.askNumber,
    digest: request.digest,
    expiresAtMs: request.expiresAtMs,
    executeBeforeMs: null,
    approved: false,
    approvalId: null,
    phase: 'asking',
    go: '',
  });
  turn.commands.push({ kind: 'request-approval', ref: step.path, request });
  turn.commands.push({
    kind: 'set-deadline',
    ref: step.path,
    deadline: 'expiry',
    seq: request.askNumber,
    atMs: request.expiresAtMs,
  });
  for (const each of request.escalate) {
    const seq = request.askNumber * 100 + each.seq;
    turn.commands.push({
      kind: 'set-deadline',
      ref: step.path,
      deadline: 'escalation',
      seq,
      atMs: each.atMs,
    });
  }
  write(turn, 'approval.requested', {
    ...about(turn, step),
    reason: request.card.question.slice(0, 500),
    data: {
      approvers: request.approvers,
      quorum: request.quorum,
      separate: request.separate,
      ask_number: request.askNumber,
      approve_before: new Date(request.expiresAtMs).toISOString(),
      notify: approval.notify,
    },
  });
}

export function grant(turn: Turn, step: Asking, event: EventOf<'approval.granted'>): void {
  updateStep(turn, step.path, {
    approved: true,
    approvalId: event.approvalId,
    executeBeforeMs: event.executeBeforeMs,
    approval: { outcome: 'granted', by: event.by, comment: event.comment, decidedAt: nowText(turn) },
  });
  turn.commands.push({ kind: 'clear-deadlines', ref: step.path, deadlines: ['expiry', 'escalation'] });
  write(turn, 'approval.granted', {
    ...about(turn, step),
    approvalId: event.approvalId,
    outcome: 'success',
    data: { by: event.by },
  });
}

/** Before anything goes out: is it still the same thing, and still in time? */
export function recheck(turn: Turn, step: ActionStep): void {
  const state = stepOf(turn, step.path);
  updateStep(turn, step.path, { go: 'guard' });
  if (!state.approved || state.attempts > 0) return;
  const late = state.executeBeforeMs !== null && turn.context.env.nowMs > state.executeBeforeMs;
  const again = renderAction(turn.context, step);
  if (!again.ok) {
    turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'superseded' });
    failStep(turn, step, again.failure);
    return;
  }
  const plan = planOf(turn.context, step, again.rendered, state.asks, state.expiresAtMs ?? 0);
  if (!late && actionPlanDigest(plan) === state.digest) return;
  turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'superseded' });
  write(turn, 'approval.superseded', {
    ...about(turn, step),
    reason: late
      ? 'granted, but not dispatched in time'
      : 'the action renders differently from what was approved',
  });
  updateStep(turn, step.path, { rendered: again.rendered, approved: false, go: 'asking' });
}

/** An approval is used once, by the first attempt it lets through. */
export function consumeApproval(turn: Turn, step: ActionStep): void {
  const state = stepOf(turn, step.path);
  if (state.approved && state.attempts === 0) {
    turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'consumed' });
  }
}

export function denyByPerson(
  turn: Turn,
  step: Asking,
  event: EventOf<'approval.denied'>,
  topBlock: string,
): void {
  const reason = event.comment === '' ? `denied by ${event.by}` : event.comment;
  updateStep(turn, step.path, {
    approval: { outcome: 'denied', by: [event.by], comment: event.comment, decidedAt: nowText(turn) },
  });
  write(turn, 'approval.denied', {
    ...about(turn, step),
    approvalId: event.approvalId,
    outcome: 'denied',
    reason,
    data: { by: event.by },
  });
  denyStep(turn, step, { by: 'person', reason }, topBlock);
}

export function expire(turn: Turn, step: Asking, topBlock: string): void {
  turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'expired' });
  updateStep(turn, step.path, {
    approval: { outcome: 'expired', by: [], comment: '', decidedAt: nowText(turn) },
  });
  write(turn, 'approval.expired', {
    ...about(turn, step),
    outcome: 'denied',
    reason: 'nobody decided in time; silence is no',
  });
  denyStep(turn, step, { by: 'expiry', reason: 'Nobody decided in time' }, topBlock);
}

/** Adds people; never lowers the quorum. */
export function escalate(turn: Turn, step: Asking, seq: number): void {
  const approval = step.kind === 'approval' ? step.approval : (step.approval ?? step.fallbackApproval);
  const to = approval.escalate[seq % 100]?.to ?? [];
  write(turn, 'approval.escalated', { ...about(turn, step), data: { to } });
  turn.commands.push({ kind: 'widen-approval', ref: step.path, approvers: to });
}

export function cancelAsking(turn: Turn, step: Asking): void {
  turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'cancelled' });
  updateStep(turn, step.path, {
    approval: { outcome: 'cancelled', by: [], comment: '', decidedAt: nowText(turn) },
  });
  write(turn, 'approval.cancelled', about(turn, step));
  cancelStep(turn, step);
}

function about(turn: Turn, step: Asking): Parameters<typeof write>[2] {
  if (step.kind === 'action') return aboutAction(turn, step, renderedOf(turn, step));
  const { digest } = stepOf(turn, step.path);
  return { ...aboutStep(step), ...(digest === null ? {} : { planDigest: digest }) };
}

function nowText(turn: Turn): string {
  return new Date(turn.context.env.nowMs).toISOString();
}
