import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { ApprovalCard, ApprovalRequest, RenderedAction } from '../contracts/command.ts';
import type { ActionStep, PlanApproval } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { seededNonce } from '../run/action-key.ts';
import { emptyStep, type RunContext, type StepState } from '../run/context.ts';
import { nameOfTarget } from '../run/name-target.ts';
import { runPath } from '../run/turn.ts';
import { visibleNames } from '../run/visible-names.ts';
import { recordOf } from '../undo/undo-record.ts';
import { actionPlan, actionPlanDigest, type WayBackPromise } from './action-plan.ts';
import type { AskedApproval } from './approval-of.ts';

/** Language reference 9.16: what a tired person can be asked to read. */
const textBytesMax = 4096;

/** The question for one rendered action. `askNumber` starts at 1 and grows when it is asked again. */
export function buildRequest(
  context: RunContext,
  step: ActionStep,
  rendered: RenderedAction,
  approval: AskedApproval,
  askNumber: number,
): ApprovalRequest {
  const plan = planOf(context, step, rendered, askNumber, context.env.nowMs + approval.expiresMs);
  return requestOf(context.env.nowMs, approval, askNumber, plan, cardOf(context, step, rendered, approval));
}

/** A question about something planned, whatever it is, in the terms of the playbook's `approval` block. */
export function requestOf(
  nowMs: number,
  approval: AskedApproval,
  askNumber: number,
  plan: JsonObject,
  card: ApprovalCard,
): ApprovalRequest {
  return {
    askNumber,
    digest: actionPlanDigest(plan),
    plan,
    card,
    approvers: approval.approvers,
    quorum: approval.quorum,
    // What the author asks for is what one person may take the place of; what the operator asks for is not.
    glassQuorum: approval.glassQuorum ?? 1,
    separate: approval.separate,
    requireComment: approval.requireComment,
    expiresAtMs: nowMs + approval.expiresMs,
    escalate: approval.escalate.map((each, seq) => ({ seq, atMs: nowMs + each.afterMs, to: each.to })),
    notify: approval.notify,
  };
}

export function planOf(
  context: RunContext,
  step: ActionStep,
  rendered: RenderedAction,
  askNumber: number,
  expiresAtMs: number,
): JsonObject {
  const { given, plan } = context.env;
  return actionPlan({
    runId: given.runId,
    stepPath: runPath(context, step.path),
    playbook: { id: plan.playbook.id, version: given.playbookVersion, sha256: given.sourceSha256 },
    rendered,
    ...promiseOf(step),
    found: foundBefore(context),
    expiresAtMs,
    nonce: seededNonce(given.seed, runPath(context, step.path), String(askNumber)),
  });
}

/** Of an inverse that is ordered although the target was changed since: the state that it would overwrite. */
function foundBefore({ env: { scope } }: RunContext): JsonObject | null {
  if (scope.kind !== 'undo' || scope.frame?.undo?.knowing !== true) return null;
  return recordOf(scope).seen?.found ?? null;
}

/** What is promised about the way back; part of what is signed. */
export function promiseOf(step: ActionStep): WayBackPromise {
  return {
    reversible: isReversible(step),
    leaseSeconds: step.lease === null ? null : Math.round(step.lease.forMs / 1000),
  };
}

export function isReversible(step: ActionStep): boolean {
  if (step.rollback.kind === 'none') return false;
  return step.rollback.kind === 'action' || step.action.inverse.kind === 'action';
}

export function cardOf(
  context: RunContext,
  step: ActionStep,
  rendered: RenderedAction,
  approval: PlanApproval,
): ApprovalCard {
  const texts = textRenderer(context, step.path);
  const name = nameOfTarget(context, rendered.target);
  const happens = effectOf(step, rendered, name);
  const { demand } = context.steps[step.path] ?? emptyStep;
  const card: ApprovalCard = {
    question: approval.ask === null ? happens : texts.render('ask', approval.ask),
    why: approval.why === null ? '' : texts.render('why', approval.why),
    happens,
    targets: rendered.target === null ? [] : [{ ...rendered.target, name }],
    reversible: isReversible(step),
    wayBack: wayBackOf(step),
    arguments: Object.entries(rendered.arguments).map(([argument, value]) => ({ name: argument, value })),
    editable: editableOf(step, approval),
    evidence: [
      ...demandLine(demand),
      ...approval.evidence.map((item) => ({
        label: item.label,
        ...(item.value === undefined ? {} : { value: texts.render(item.label, item.value) }),
        ...(item.link === undefined ? {} : { link: texts.render(item.label, item.link) }),
      })),
    ],
    falsepositives: context.env.plan.playbook.falsepositives,
    action: rendered.action,
    class: rendered.class,
    step: runPath(context, step.path),
    stepName: step.name,
    unshowable: null,
  };
  const tooLong = Buffer.byteLength(JSON.stringify(card), 'utf8') > textBytesMax * 4;
  const badArguments = Buffer.byteLength(JSON.stringify(rendered.arguments), 'utf8') > textBytesMax;
  card.unshowable =
    badArguments || tooLong ? 'the arguments are too long to be shown in full' : texts.problem();
  return card;
}

/**
 * Text that cannot be rendered does not stop the question: silence would mean "no" without anybody
 * having been asked. Approving is switched off instead when the question itself is missing.
 */
export function textRenderer(
  context: RunContext,
  path: string,
): {
  render(what: string, template: Template): string;
  problem(): string | null;
} {
  let problem: string | null = null;
  return {
    render(what, template) {
      const rendered = renderTemplate(template, visibleNames(context, path));
      if (rendered.ok)
        return typeof rendered.value === 'string' ? rendered.value : JSON.stringify(rendered.value);
      if (what === 'ask') problem = `the question could not be rendered: ${rendered.message}`;
      return `(not available: ${rendered.message})`;
    },
    problem: () => problem,
  };
}

/** Why it is asked although the author did not want it, or on other terms. */
export function demandLine(demand: StepState['demand']): ApprovalCard['evidence'] {
  return demand === null ? [] : [{ label: `Asked by ${demand.guardId}`, value: demand.message }];
}

function editableOf({ action }: ActionStep, approval: PlanApproval): ApprovalCard['editable'] {
  const { properties } = action.input;
  return approval.editable.map((name) => {
    const schema = isJsonObject(properties) ? properties[name] : undefined;
    return { name, schema: isJsonObject(schema) ? schema : {} };
  });
}

function effectOf(step: ActionStep, rendered: RenderedAction, name: string | null): string {
  return step.action.effectSentence.replaceAll('{name}', () => name ?? rendered.target?.id ?? 'the target');
}

function wayBackOf(step: ActionStep): string {
  const { inverse } = step.action;
  if (step.rollback.kind === 'none') return 'The playbook says that it is not taken back.';
  if (step.rollback.kind === 'action')
    return `Can be taken back with ${step.rollback.action}.${leaseOf(step)}`;
  switch (inverse.kind) {
    case 'action':
      return `Can be taken back with ${inverse.action}.${leaseOf(step)}`;
    case 'irreversible':
      return `Cannot be taken back: ${inverse.reason}`;
    case 'not-needed':
      return 'Nothing to take back.';
  }
}

function leaseOf({ lease }: ActionStep): string {
  if (lease === null) return '';
  const then = lease.atEnd === 'release' ? 'it is taken back' : 'somebody is asked whether to take it back';
  return ` Lease: ${inWords(lease.forMs)}, then ${then}.`;
}

/** To a tenth, in the largest unit of which there is one: a lease of two minutes is not one of 0 hours. */
function inWords(ms: number): string {
  const units = [
    { name: 'hour', ms: 3_600_000 },
    { name: 'minute', ms: 60_000 },
  ];
  const unit = units.find((each) => ms >= each.ms) ?? { name: 'second', ms: 1_000 };
  const count = Math.round((ms / unit.ms) * 10) / 10;
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}
