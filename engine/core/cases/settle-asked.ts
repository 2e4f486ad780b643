import type { Decision } from '../../../schemas/cases-v1.generated.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { approversThatCount, judgeApproval, type Question, type Voter } from '../approval/judge-approval.ts';
import { judgeEdit } from '../approval/judge-edit.ts';
import { executeWithinMs } from '../approval/judge-grant.ts';
import type { Command } from '../contracts/command.ts';
import { stepAt } from '../run/list-steps.ts';
import { toPlanPath } from '../run/scope-path.ts';
import { type Asked, type OfflineScope, planName, stepName } from './offline-run.ts';
import type { World } from './world.ts';

/*
 * Questions and the decisions that the case brings. Whether a decision counts is judged by the same
 * rules as at run time; one that does not count fails the case, for it would have failed the person.
 */

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

export function askPeople(world: World, scope: OfflineScope, command: Of<'request-approval'>): void {
  const { ref, request } = command;
  const asked: Asked = {
    id: world.nextApprovalId(),
    scope,
    ref,
    step: stepName(scope.run, ref),
    planPath: toPlanPath(scope.given, ref),
    request,
    state: 'pending',
    approvers: [...request.approvers],
    votes: [],
    by: [],
    escalated: 0,
    askedAtMs: world.nowMs,
    endedAtMs: null,
  };
  world.asked.push(asked);
  world.agenda.note(world.nowMs, { kind: 'decide-next', asked });
}

export function widenAsked(world: World, scope: OfflineScope, command: Of<'widen-approval'>): void {
  const asked = pendingAt(world, scope, command.ref);
  if (asked === undefined) return;
  asked.escalated += 1;
  asked.approvers = [...new Set([...asked.approvers, ...command.approvers])];
}

export function endAsked(world: World, scope: OfflineScope, command: Of<'end-approval'>): void {
  const asked = world.asked.findLast((each) => each.scope === scope && each.ref === command.ref);
  // A consumed grant stays a grant: it was used for what it was given.
  if (asked === undefined || command.outcome === 'consumed') return;
  if (command.outcome !== 'superseded' && asked.state !== 'pending') return;
  asked.state = command.outcome;
  asked.endedAtMs = world.nowMs;
}

/** A decision with its own moment. */
export function decideAsked(world: World, index: number): void {
  const decision = world.parts.decisions[index];
  if (decision === undefined) return;
  const asked = world.asked.findLast((each) => each.state === 'pending' && isAbout(each, decision));
  if (asked === undefined) {
    refuse(world, index, `nobody is being asked about "${decision.step}" at ${decision.at ?? 'that moment'}`);
    return;
  }
  settle(world, asked, decision, index);
}

/** Decisions without a moment come as soon as they are asked for, one after the other. */
export function nextDecision(world: World, asked: Asked): void {
  if (asked.state !== 'pending') return;
  const index = world.parts.decisions.findIndex(
    (each, at) => each.at === undefined && !world.usedDecisions.has(at) && isAbout(asked, each),
  );
  const decision = world.parts.decisions[index];
  if (decision === undefined) return;
  settle(world, asked, decision, index);
  if (asked.state === 'pending') world.agenda.note(world.nowMs, { kind: 'decide-next', asked });
}

function isAbout(asked: Asked, decision: Decision): boolean {
  const { step } = asked;
  const plan = planName(step);
  const id = plan.slice(plan.lastIndexOf('/') + 1);
  return (
    decision.step === step ||
    decision.step === plan ||
    (asked.scope.run.caller === null && decision.step === id)
  );
}

function settle(world: World, asked: Asked, decision: Decision, index: number): void {
  world.usedDecisions.add(index);
  const number = asked.votes.length + 1;
  const voter =
    decision.by === undefined
      ? world.parts.people.fitting(asked.approvers, number)
      : world.parts.people.voter(decision.by, number);
  if (decision.edit !== undefined) {
    edit(world, asked, decision, index, voter);
    return;
  }
  const comment = decision.comment ?? '';
  const verb = decision.outcome === 'granted' ? 'approve' : 'deny';
  const question = questionOf(asked);
  const verdict = judgeApproval(
    question,
    asked.votes,
    0,
    voter,
    { decision: verb, digest: asked.request.digest, comment },
    world.nowMs,
  );
  if (verdict.kind === 'refuse') {
    refuse(world, index, `${voter.id} may not: ${verdict.detail} (${verdict.code})`);
    return;
  }
  if (verdict.kind === 'repeat') {
    refuse(world, index, `${voter.id} decided already; a quorum counts different people`);
    return;
  }
  asked.votes.push({ voter, decision: verb });
  if (verdict.outcome === 'pending') return;
  asked.state = verdict.outcome;
  asked.endedAtMs = world.nowMs;
  const { ref } = asked;
  const approvalId = asked.id as ApprovalId;
  if (verdict.outcome === 'granted') {
    asked.by = approversThatCount(question, asked.votes);
    const executeBeforeMs = world.nowMs + executeWithinMs;
    world.post(asked.scope, {
      type: 'approval.granted',
      ref,
      approvalId,
      by: asked.by,
      comment,
      executeBeforeMs,
    });
  } else {
    asked.by = [voter.id];
    world.post(asked.scope, { type: 'approval.denied', ref, approvalId, by: voter.id, comment });
  }
}

/** Changed arguments are another action: the run asks about it anew, and the decision is about that. */
function edit(world: World, asked: Asked, decision: Decision, index: number, voter: Voter): void {
  const { request, ref } = asked;
  const { edit: values = {}, comment = '' } = decision;
  const { params } = request.plan;
  const step = stepAt(asked.scope.run.plan, asked.planPath);
  const editable = {
    names: request.card.editable.map(({ name }) => name),
    arguments: isJsonObject(params) ? params : {},
    input: step?.kind === 'action' ? step.action.input : {},
  };
  const proposed = { values, digest: request.digest, comment };
  const verdict = judgeEdit(questionOf(asked), editable, voter, proposed, world.nowMs);
  if (verdict.kind === 'refuse') {
    refuse(world, index, `${voter.id} may not: ${verdict.detail} (${verdict.code})`);
    return;
  }
  const approvalId = asked.id as ApprovalId;
  world.post(asked.scope, { type: 'approval.edited', ref, approvalId, by: voter.id, values, comment });
  world.agenda.note(world.nowMs, { kind: 'decide-edited', asked, index });
}

/** The run has heard of the edit. */
export function decideEdited(world: World, asked: Asked, index: number): void {
  const decision = world.parts.decisions[index];
  if (decision === undefined) return;
  if (asked.state === 'pending') {
    const why = 'the action cannot be filled in with it, or it was changed too often';
    refuse(world, index, `the edit of "${decision.step}" was not taken: ${why}`);
    return;
  }
  const again = pendingAt(world, asked.scope, asked.ref);
  // A guard refused the new form: the edit counted, and there is nothing to decide.
  if (again === undefined) return;
  const { edit: _, ...rest } = decision;
  settle(world, again, rest, index);
}

function questionOf(asked: Asked): Question {
  const { request } = asked;
  return {
    state: asked.state,
    digest: request.digest,
    approvers: asked.approvers,
    quorum: request.quorum,
    glassQuorum: request.glassQuorum,
    excluded: request.separate ? asked.scope.run.given.excluded : [],
    requireComment: request.requireComment,
    approveBeforeMs: request.expiresAtMs,
    unshowable: request.card.unshowable,
  };
}

function pendingAt(world: World, scope: OfflineScope, ref: string): Asked | undefined {
  return world.asked.findLast((each) => each.scope === scope && each.ref === ref && each.state === 'pending');
}

function refuse(world: World, index: number, message: string): void {
  world.fail({ code: 'case/refused-decision', about: { list: 'decisions', index }, message });
}
