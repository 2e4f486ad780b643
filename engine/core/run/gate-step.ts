import { actionPlanDigest, actionRecord, recordDigest } from '../approval/action-plan.ts';
import { approvalOf } from '../approval/approval-of.ts';
import { cardOf, demandLine, promiseOf, requestOf } from '../approval/build-request.ts';
import { askedUnder } from '../approval/under-terms.ts';
import type { ApprovalCard, RenderedAction } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ActionStep, ApprovalStep } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { seededNonce } from './action-key.ts';
import type { EventOf } from './action-step.ts';
import { ask, tooManyAsks } from './ask-step.ts';
import { failStep, succeedStep } from './finish-step.ts';
import { foreseen } from './foresee-guards.ts';
import { stepAt } from './list-steps.ts';
import { renderAction } from './render-action.ts';
import { runPath, stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/*
 * The approval step: a gate that covers later steps. Their rendered form is part of what is
 * approved; a covered step that renders differently when its turn comes asks for itself.
 */

interface Covered {
  step: ActionStep;
  rendered: RenderedAction;
}

export function openGate(turn: Turn, step: ApprovalStep): void {
  if (step.approval.when !== null) {
    const asked = evaluate(step.approval.when, visibleNames(turn.context, step.path));
    if (asked.ok && asked.value === false) {
      updateStep(turn, step.path, {
        approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null },
      });
      succeedStep(turn, step, {});
      return;
    }
  }
  const covered = renderCovered(turn, step);
  if (covered === null) return;
  if (turn.context.env.given.mode === 'audit') {
    write(turn, 'approval.not-asked', { step: step.path, simulated: true });
    cover(turn, step, covered, [], '');
    succeedStep(turn, step, {}, true);
    return;
  }
  foreseeGate(turn, step, covered);
}

/** The guardrails are heard first, so that one question satisfies them as well. */
function foreseeGate(turn: Turn, step: ApprovalStep, covered: Covered[]): void {
  if (covered.length === 0) {
    askGate(turn, step, covered);
    return;
  }
  const actions = covered.map((each) => foreseen(turn.context, each.step, each.rendered));
  turn.commands.push({ kind: 'foresee-guards', ref: step.path, actions });
}

export function demandAtGate(turn: Turn, step: ApprovalStep, event: EventOf<'guards.foreseen'>): void {
  updateStep(turn, step.path, { demand: event.demand });
  const covered = renderCovered(turn, step);
  if (covered !== null) askGate(turn, step, covered);
}

function askGate(turn: Turn, step: ApprovalStep, covered: Covered[]): void {
  const number = stepOf(turn, step.path).asks + 1;
  if (tooManyAsks(turn, step, number)) return;
  const approval = approvalOf(turn.context, step);
  const plan = gatePlan(turn, step, covered, number, turn.context.env.nowMs + approval.expiresMs);
  const card = gateCard(turn, step, covered);
  ask(turn, step, requestOf(turn.context.env.nowMs, approval, number, plan, card), approval);
}

/**
 * After a grant: what the gate covers may go out without asking again, as long as it stays the same.
 * What was granted is what was shown: covered steps that render differently by now are asked again.
 */
export function passGate(turn: Turn, step: ApprovalStep): void {
  const covered = renderCovered(turn, step);
  if (covered === null) {
    turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'superseded' });
    return;
  }
  const { approval, asks, digest, expiresAtMs } = stepOf(turn, step.path);
  if (actionPlanDigest(gatePlan(turn, step, covered, asks, expiresAtMs ?? 0)) !== digest) {
    turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'superseded' });
    write(turn, 'approval.superseded', {
      step: step.path,
      ...(digest === null ? {} : { planDigest: digest }),
      reason: 'a covered action renders differently from what was approved',
    });
    foreseeGate(turn, step, covered);
    return;
  }
  cover(turn, step, covered, approval?.by ?? [], approval?.comment ?? '');
  turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'consumed' });
  succeedStep(turn, step, {});
}

function renderCovered(turn: Turn, step: ApprovalStep): Covered[] | null {
  const covered: Covered[] = [];
  for (const path of step.covers) {
    const action = stepAt(turn.context.env.plan, path);
    invariant(action?.kind === 'action', `${path} is an action that a gate covers`);
    const result = renderAction(turn.context, action);
    if (!result.ok) {
      failStep(turn, step, result.failure);
      return null;
    }
    covered.push({ step: action, rendered: result.rendered });
  }
  return covered;
}

function cover(turn: Turn, step: ApprovalStep, covered: Covered[], by: string[], comment: string): void {
  const { given, nowMs } = turn.context.env;
  const decidedAt = new Date(nowMs).toISOString();
  const { approvalId, digest } = stepOf(turn, step.path);
  const added = covered.map(({ step: action, rendered }) => [
    action.path,
    {
      record: recordDigest(given.runId, runPath(turn.context, action.path), rendered, promiseOf(action)),
      gate: runPath(turn.context, step.path),
      under: askedUnder(turn.context, step, by),
      ...(approvalId !== null && { approvalId }),
      ...(digest !== null && { digest }),
      by,
      comment,
      decidedAt,
    },
  ]);
  turn.context.covered = { ...turn.context.covered, ...Object.fromEntries(added) };
}

function gatePlan(turn: Turn, step: ApprovalStep, covered: Covered[], number: number, expiresAtMs: number) {
  const { given, plan } = turn.context.env;
  return {
    v: 1,
    run_id: given.runId,
    step_id: runPath(turn.context, step.path),
    playbook: { id: plan.playbook.id, version: given.playbookVersion, sha256: given.sourceSha256 },
    covers: covered.map((each) =>
      actionRecord(given.runId, runPath(turn.context, each.step.path), each.rendered, promiseOf(each.step)),
    ),
    expires_at: new Date(expiresAtMs).toISOString(),
    nonce: seededNonce(given.seed, runPath(turn.context, step.path), String(number)),
  };
}

function gateCard(turn: Turn, step: ApprovalStep, covered: Covered[]): ApprovalCard {
  const cards = covered.map((each) => cardOf(turn.context, each.step, each.rendered, step.approval));
  const question = step.approval.ask === null ? step.name : text(turn, step.path, step.approval.ask);
  const first = cards[0];
  return {
    question: first?.question ?? question,
    why: first?.why ?? (step.approval.why === null ? '' : text(turn, step.path, step.approval.why)),
    happens: cards.map((card) => card.happens).join(' ') || 'The run goes on.',
    targets: cards.flatMap((card) => card.targets),
    reversible: cards.every((card) => card.reversible),
    wayBack: cards.map((card) => card.wayBack).join(' '),
    arguments: cards.flatMap((card) =>
      card.arguments.map((each) => ({ ...each, name: `${card.step} ${each.name}` })),
    ),
    editable: [],
    evidence: [...demandLine(stepOf(turn, step.path).demand), ...(first?.evidence ?? [])],
    falsepositives: turn.context.env.plan.playbook.falsepositives,
    action: covered.map((each) => each.rendered.action).join(', '),
    class: covered.some((each) => each.rendered.class === 'eradicate')
      ? 'eradicate'
      : (first?.class ?? 'notify'),
    step: runPath(turn.context, step.path),
    stepName: step.name,
    unshowable: cards.find((card) => card.unshowable !== null)?.unshowable ?? null,
  };
}

function text(turn: Turn, path: string, template: NonNullable<ApprovalStep['approval']['ask']>): string {
  const rendered = renderTemplate(template, visibleNames(turn.context, path));
  if (!rendered.ok) return `(not available: ${rendered.message})`;
  return typeof rendered.value === 'string' ? rendered.value : JSON.stringify(rendered.value);
}
