import { actionPlanDigest } from '../approval/action-plan.ts';
import { approvalOf } from '../approval/approval-of.ts';
import { buildRequest, planOf } from '../approval/build-request.ts';
import { grantExpired } from '../approval/judge-grant.ts';
import { type AskedAtOnce, listRequest } from '../approval/list-request.ts';
import { lastCall, remindAt, reminderSeq } from '../approval/remind-at.ts';
import { glassQuorumOf, meetsTerms } from '../approval/under-terms.ts';
import { changesTargets } from '../contracts/action.ts';
import type { ApprovalRequest, RenderedAction } from '../contracts/command.ts';
import type {
  ActionStep,
  ApprovalStep,
  CallStep,
  ForeachStep,
  PlanApproval,
  UndoStep,
} from '../contracts/plan.ts';
import type { Under } from '../contracts/scope.ts';
import { evaluate } from '../expression/evaluate.ts';
import { mayHaveActed } from '../task/may-have-acted.ts';
import { giveUp, unknownFailure } from '../task/open-task.ts';
import { aboutAction, renderedOf } from './about-action.ts';
import { type EventOf, simulateStep } from './action-step.ts';
import type { StepState } from './context.ts';
import { coveringGate, hasLapsed, nameGate } from './covering-gate.ts';
import { aboutStep, cancelStep, denyStep, endUnused, failStep } from './finish-step.ts';
import { foreseenOfList } from './foresee-guards.ts';
import { allSteps } from './list-steps.ts';
import { renderAction } from './render-action.ts';
import { stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';
import { toldAlone, voidGrant } from './void-grant.ts';

/*
 * Asking people: from the guard's answer to a granted, re-checked action (language reference 5 and
 * the nodes `gate` and `recheck` of 9.5). The same functions serve the gate step.
 */

/** Language reference 5, rule 6: asked once, then again at most this often. */
const asksMax = 4;

/** Changes of one question by approvers: enough for people, too few for a quarrel of scripts. */
const editsMax = 20;

export type Asking = ActionStep | ApprovalStep | ForeachStep | CallStep | UndoStep;

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
  if (gate === 'covers' && !(demanded && wantsMore(turn, step, turn.context.covered[step.path]?.under))) {
    updateStep(turn, step.path, { go: 'dispatch' });
    return;
  }
  // A look changes nothing: in audit mode nobody is woken for it.
  const onlyLooks = given.mode === 'audit';
  const list = demanded ? turn.context.env.scope.frame?.approval : null;
  const listed = list?.under !== undefined && !wantsMore(turn, step, list.under);
  const again = hasLapsed(turn, step) || stepOf(turn, step.path).askAgain;
  const must = (demanded && !listed) || gate === 'covers-no-more' || again;
  const ask = !onlyLooks && (must || wantsApproval(turn, step));
  if (!ask) passUnderList(turn, step);
  if (!ask && step.approval !== null && stepOf(turn, step.path).approval === null) {
    updateStep(turn, step.path, { approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null } });
  }
  updateStep(turn, step.path, { go: ask ? 'asking' : 'dispatch' });
}

/** Whether the operator wants asked what the gate or the list in front of it was not asked about, or not like this. */
function wantsMore(turn: Turn, step: ActionStep, under: Under | undefined): boolean {
  const { demand } = stepOf(turn, step.path);
  if (demand?.held !== undefined && demand.held.by !== 'rule') return true;
  return demand?.terms !== undefined && (under === undefined || !meetsTerms(under, demand.terms));
}

/** Mode `ask` puts everything that changes a target behind an approval; an error in `when` asks (7.3). */
function wantsApproval(turn: Turn, step: ActionStep): boolean {
  const { given, scope } = turn.context.env;
  const listApproved = scope.frame?.approval !== null && scope.frame?.approval !== undefined;
  if (given.mode === 'ask' && changesTargets(step.action.class) && !listApproved) return true;
  return wantedByAuthor(turn, step, step.approval);
}

/** Whether the playbook asks at this place. */
export function wantedByAuthor(turn: Turn, step: Asking, approval: PlanApproval | null): boolean {
  if (approval === null) return false;
  if (approval.when === null) return true;
  const asked = evaluate(approval.when, visibleNames(turn.context, step.path));
  return !asked.ok || asked.value !== false;
}

/** Nobody is asked about this one because somebody said yes to the whole list. */
function passUnderList(turn: Turn, step: ActionStep): void {
  const { scope } = turn.context.env;
  const list = scope.frame?.approval ?? null;
  if (list === null || !changesTargets(step.action.class)) return;
  const { by, comment, decidedAt, approvalId, digest } = list;
  const approval = { outcome: 'granted', by, comment, decidedAt, approvalId };
  updateStep(turn, step.path, { approvalId, digest, approval });
}

/**
 * What the gate in front of a step says about it. A step that renders differently, or whose gate got
 * a no that the playbook lives with, asks for itself: it never goes out because nobody said yes.
 */
function gateAnswer(turn: Turn, step: ActionStep): 'none' | 'covers' | 'covers-no-more' {
  const covered = turn.context.covered[step.path];
  if (covered === undefined) return refusedByGate(turn, step) ? 'covers-no-more' : 'none';
  const gate = coveringGate(turn, step, renderedOf(turn, step));
  if (gate === null) {
    if (hasLapsed(turn, step) || stepOf(turn, step.path).askAgain) return 'covers-no-more';
    write(turn, 'approval.superseded', {
      ...aboutAction(turn, step, renderedOf(turn, step)),
      reason: 'the step renders differently from what its gate covered',
      data: { gate: covered.gate },
    });
    return 'covers-no-more';
  }
  nameGate(turn, step, gate);
  const { by, comment, decidedAt, approvalId } = gate;
  const approval = { outcome: 'granted', by, comment, decidedAt };
  updateStep(turn, step.path, { approval: { ...approval, ...(approvalId !== undefined && { approvalId }) } });
  return 'covers';
}

function refusedByGate(turn: Turn, step: ActionStep): boolean {
  return allSteps(turn.context.env.plan, turn.context.env.scope.body).some(
    (each) =>
      each.kind === 'approval' &&
      each.covers.includes(step.path) &&
      ['denied', 'failed', 'cancelled'].includes(stepOf(turn, each.path).status),
  );
}

export function askAboutAction(turn: Turn, step: ActionStep): void {
  const rendered = renderedOf(turn, step);
  const approval = approvalOf(turn.context, step);
  const number = stepOf(turn, step.path).asks + 1;
  if (tooManyAsks(turn, step, number)) return;
  ask(turn, step, buildRequest(turn.context, step, rendered, approval, number), approval);
}

export function tooManyAsks(turn: Turn, step: Asking, number: number): boolean {
  // A change that an approver made himself is no moving target, and neither is a yes that did not last.
  const { edited, voided = 0 } = stepOf(turn, step.path);
  if (number - edited - voided <= asksMax) return false;
  failStep(turn, step, {
    code: 'approval/moving-target',
    kind: 'terminal',
    message: `asked ${asksMax} times, and each time the action changed before it could be dispatched`,
  });
  return true;
}

export function ask(turn: Turn, step: Asking, asked: ApprovalRequest, approval: PlanApproval): void {
  const held = stepOf(turn, step.path).demand?.held;
  const request = held === undefined ? asked : { ...asked, held };
  // Waiting for people is no part of a step's time (9.7): its clock starts anew with the next dispatch.
  if (stepOf(turn, step.path).deadlineSet) {
    turn.commands.push({ kind: 'clear-deadlines', ref: step.path, deadlines: ['deadline'] });
  }
  updateStep(turn, step.path, {
    asks: request.askNumber,
    digest: request.digest,
    expiresAtMs: request.expiresAtMs,
    executeBeforeMs: null,
    deadlineSet: false,
    approved: false,
    approvalId: null,
    askAgain: false,
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
  // The first of a wave reminds of all of it.
  const reminders = held?.joins === true ? [] : remindAt(turn.context.env.nowMs, request.expiresAtMs);
  for (const [index, atMs] of reminders.entries()) {
    const seq = reminderSeq(request.askNumber, index);
    turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'reminder', seq, atMs });
  }
  write(turn, held?.joins === true ? 'approval.joined' : 'approval.requested', {
    ...about(turn, step),
    reason: request.card.question.slice(0, 500),
    data: {
      approvers: request.approvers,
      quorum: request.quorum,
      separate: request.separate,
      ask_number: request.askNumber,
      approve_before: new Date(request.expiresAtMs).toISOString(),
      notify: approval.notify,
      ...(held && { budget: held.budget }),
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
  turn.commands.push({
    kind: 'clear-deadlines',
    ref: step.path,
    deadlines: ['expiry', 'escalation', 'reminder'],
  });
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
  if (!state.approved || state.executeBeforeMs === null) return;
  const late = turn.context.env.nowMs > state.executeBeforeMs;
  const again = renderAction(turn.context, step);
  if (!again.ok) {
    endUnused(turn, step, 'superseded');
    failStep(turn, step, again.failure);
    return;
  }
  const plan = planOf(turn.context, step, again.rendered, state.asks, state.expiresAtMs ?? 0);
  const same = actionPlanDigest(plan) === state.digest;
  if (!late && same) return;
  if (same) {
    const { code, message } = grantExpired;
    voidGrant(turn, step, { approvalId: state.approvalId ?? '', code, message });
    return;
  }
  endUnused(turn, step, 'superseded');
  write(turn, 'approval.superseded', {
    ...about(turn, step),
    reason: 'the action renders differently from what was approved',
  });
  // It is not left for another one: whoever finds out what became of it has to be asked about this one.
  if (mayHaveActed(state, state.failure) && isAnotherTarget(state, again.rendered)) {
    giveUp(
      turn,
      step,
      unknownFailure('an earlier attempt got no answer, and by now it names another target'),
    );
    return;
  }
  leaveTarget(turn, step, again.rendered);
  updateStep(turn, step.path, {
    rendered: again.rendered,
    approved: false,
    demand: toldAlone(state.demand),
    go: 'asking',
  });
}

/** What was counted and announced for another target than the one it is about now is free again. */
function leaveTarget(turn: Turn, step: ActionStep, again: RenderedAction): void {
  const state = stepOf(turn, step.path);
  if (!isAnotherTarget(state, again)) return;
  if (state.reserved) turn.commands.push({ kind: 'return-reservation', ref: step.path });
  if (state.wanted) turn.commands.push({ kind: 'drop-hold', ref: step.path });
  updateStep(turn, step.path, { reserved: false, wanted: false });
}

function isAnotherTarget({ rendered }: StepState, { target }: RenderedAction): boolean {
  return rendered?.target?.kind !== target?.kind || rendered?.target?.id !== target?.id;
}

/**
 * Guards are asked again after a yes. One that was given on other terms than they want by now is not
 * enough, and neither is one from before they wanted any.
 */
export function leaveOutgrown(turn: Turn, step: ActionStep, event: EventOf<'guard.ask'>): void {
  const { terms } = event;
  const state = stepOf(turn, step.path);
  if (!state.approved || terms === undefined) return;
  const before = state.demand?.terms;
  const same =
    before !== undefined &&
    before.quorum >= terms.quorum &&
    glassQuorumOf(before) >= glassQuorumOf(terms) &&
    before.approvers.join('\n') === terms.approvers.join('\n');
  // Fewer people than the quorum said yes when one of them broke the glass.
  const people = state.approval?.by.length ?? 0;
  const enough = terms.quorum <= approvalOf(turn.context, step).quorum && glassQuorumOf(terms) <= people;
  const weaker = terms.approvers.length === 0 && enough;
  if (same || weaker) return;
  endUnused(turn, step, 'superseded');
  write(turn, 'approval.superseded', {
    ...about(turn, step),
    reason: `the guardrails want it asked on other terms by now: ${event.message}`,
  });
  updateStep(turn, step.path, { approved: false });
}

/** An approval is used once, by the first attempt it lets through. */
export function consumeApproval(turn: Turn, step: ActionStep): void {
  const { approved, executeBeforeMs, attempts } = stepOf(turn, step.path);
  if (!approved || executeBeforeMs === null) return;
  endUnused(turn, step, 'consumed');
  updateStep(turn, step.path, { yesUsedBy: attempts });
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
  const approval = approvalOf(turn.context, step);
  const to = approval.escalate[seq % 100]?.to ?? [];
  write(turn, 'approval.escalated', { ...about(turn, step), data: { to } });
  turn.commands.push({ kind: 'widen-approval', ref: step.path, approvers: to });
}

/** Tells those who are asked once more; nothing else changes. */
export function remind(turn: Turn, step: Asking, seq: number): void {
  const which = seq % 100 === lastCall ? 'last' : 'half';
  write(turn, 'approval.reminded', { ...about(turn, step), data: { reminder: which } });
  turn.commands.push({ kind: 'remind-approvers', ref: step.path });
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

/** Of a list the guardrails are heard first; a call's and an undo's actions come later, each judged by itself. */
export function askAfterGuards(turn: Turn, step: AskedAtOnce): void {
  const actions = step.kind === 'foreach' ? foreseenOfList(turn, step) : [];
  if (actions.length === 0) askAtOnce(turn, step);
  else {
    updateStep(turn, step.path, { go: '' });
    turn.commands.push({ kind: 'foresee-guards', ref: step.path, actions });
  }
}

export function demandAtOnce(turn: Turn, step: AskedAtOnce, event: EventOf<'guards.foreseen'>): void {
  updateStep(turn, step.path, { demand: event.demand });
  askAtOnce(turn, step);
}

/** One question about a whole list, a call or an undo; what was frozen for it cannot change any more. */
function askAtOnce(turn: Turn, step: AskedAtOnce): void {
  const number = stepOf(turn, step.path).asks + 1;
  ask(turn, step, listRequest(turn, step, number), approvalOf(turn.context, step));
}

/** After a yes to something frozen: nothing of it can have changed since. */
export function passAtOnce(
  turn: Turn,
  step: AskedAtOnce,
  event: EventOf<'approval.granted'>,
  next: string,
): void {
  grant(turn, step, event);
  updateStep(turn, step.path, { go: next });
}

/**
 * An approver changed arguments before saying yes. The new form is filled, guarded and asked about
 * anew under its own digest; what the playbook does not let people change, or what does not fit the
 * action, changes nothing.
 */
export function editArguments(turn: Turn, step: ActionStep, event: EventOf<'approval.edited'>): void {
  const approval = approvalOf(turn.context, step);
  const state = stepOf(turn, step.path);
  const edits = { ...state.edits, ...event.values };
  const barred = Object.keys(event.values).filter((name) => !approval.editable.includes(name));
  const again = renderAction(turn.context, step, edits);
  if (barred.length > 0 || !again.ok || state.edited >= editsMax) {
    const why = !again.ok
      ? again.failure.message
      : `asked for by an approver, ${barred.length === 0 ? 'too often' : `not editable: ${barred.join(', ')}`}`;
    write(turn, 'approval.refused', {
      ...about(turn, step),
      approvalId: event.approvalId,
      onBehalfOf: event.by,
      reason: why,
      data: { values: event.values },
    });
    return;
  }
  turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'superseded' });
  turn.commands.push({
    kind: 'clear-deadlines',
    ref: step.path,
    deadlines: ['expiry', 'escalation', 'reminder'],
  });
  write(turn, 'approval.edited', {
    ...about(turn, step),
    approvalId: event.approvalId,
    onBehalfOf: event.by,
    reason: event.comment,
    data: { values: event.values },
  });
  leaveTarget(turn, step, again.rendered);
  updateStep(turn, step.path, {
    edits,
    edited: state.edited + 1,
    askAgain: true,
    approved: false,
    phase: null,
    go: 'render',
  });
}
