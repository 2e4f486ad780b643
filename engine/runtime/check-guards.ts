import { meetsTerms } from '../core/approval/under-terms.ts';
import { changesTargets, classRank } from '../core/contracts/action.ts';
import type { Command, LimitQuestion, RunEvent } from '../core/contracts/command.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { GuardrailVerdict } from '../core/guard/guardrails.ts';
import { judgeGuardrails, strictestOf } from '../core/guard/judge-guardrails.ts';
import { everyStep } from '../core/run/list-steps.ts';
import { planPathOf } from '../core/run/scope-path.ts';
import { recordOf } from '../core/undo/undo-record.ts';
import { guardrailLimits } from './guardrail-limits.ts';
import { isHolding, ruleKey } from './held-budgets.ts';
import { judgeDispatch } from './judge-dispatch.ts';
import { judgeVotesAgain } from './judge-votes-again.ts';
import { keepAdministrators } from './keep-administrators.ts';
import { lookAtLease } from './let-go.ts';
import { deniedForWant } from './say-missing.ts';
import { countedAs } from './store/queries/reserve-targets.ts';
import { releaseHold } from './store/queries/undo-records.ts';
import { withTagsElsewhere } from './tags-elsewhere.ts';
import { effectKey, type Moving, type World } from './world.ts';

type CheckGuards = Extract<Command, { kind: 'check-guards' }>;

/*
 * Playbook guards, the stop and the pause, then the operator's guardrails, then undos under way, then budgets: what
 * costs nothing comes first. Of two answers the strictest wins, whoever gives it. An
 * undo that is on its way out holds a containment of the same effect back; one that still waits, for
 * a person or for its next attempt, does not, and finds out here that it is not wanted any more.
 */
export async function checkGuards(world: World, moving: Moving, command: CheckGuards): Promise<RunEvent> {
  const { tx, parts } = world;
  const { ref, rendered } = command;
  const contains = classRank[rendered.class] >= classRank.contain;
  const [stops, pause, guardrails] = await Promise.all([
    contains ? world.stops() : [],
    // Nobody is kept from giving back what should not be held.
    rendered.class === 'restore' ? null : world.pause(),
    changesTargets(rendered.class) ? world.guardrails() : null,
  ]);
  const verdict = judgeDispatch(command, moving.scope.run.playbookId, stops, pause);
  if (command.deny?.missing !== undefined) {
    const { guardId: id, message: reason, missing } = command.deny;
    return deniedForWant(parts, ref, rendered, { id, reason, missing });
  }
  if (verdict.type !== 'guard.allowed') return verdict;
  const undoing = moving.scope.kind === 'undo';
  const simulated = moving.scope.run.given.mode === 'audit';
  const guard = contains && guardrails !== null ? await withTagsElsewhere(world, command) : command.guard;
  const action = { class: rendered.class, guard, undoing, simulated };
  const ruled =
    guardrails === null ? ({ answer: 'allow' } as const) : judgeGuardrails(guardrails, action, world.nowMs);
  if (ruled.answer === 'deny' && ruled.missing !== undefined)
    return deniedForWant(parts, ref, rendered, { ...ruled, missing: ruled.missing });
  if (ruled.answer === 'deny') return { type: 'guard.denied', ref, guardId: ruled.id, message: ruled.reason };
  const effect = contains ? effectOf(moving.loaded.plan, rendered.action) : null;
  const kept = contains ? await keepAdministrators(world, command) : null;
  if (kept !== null) return kept;
  // Before a hold is let go or a target counted: what goes out on a yes that lapsed takes nothing with it.
  const lapsed = command.grant && (await judgeVotesAgain(tx, parts.tenant, ref, command.grant));
  if (lapsed) return lapsed;
  if (undoing) {
    const wanted = await wantedAgain(world, moving, command);
    if (wanted !== null) return wanted;
  }
  if (effect !== null && rendered.target !== null) {
    const wanted = { effect, ...rendered.target };
    if (world.inverses.has(effectKey(wanted)) || (await world.isBeingUndone(wanted))) {
      const message = `"${effect}" is just being taken back on this target`;
      return { type: 'guard.held', ref, by: 'undo', message };
    }
  }
  const ofTenant = guardrails === null ? [] : await guardrailLimits(world, guardrails, rendered);
  const over = await reserve(world, moving, command, [...command.limits, ...ofTenant]);
  for (const limit of over) noteExceeded(world, moving, command, limit);
  const [exceeded = null] = over;
  if (exceeded?.onExceed === 'deny') {
    return { type: 'guard.denied', ref, guardId: exceeded.guardId, message: exceeded.message };
  }
  if (ruled.answer === 'allow' && exceeded === null) return verdict;
  const answer = await askPeople(world, moving, command, ruled, over);
  // Nobody is named by all that want people asked: what was counted on an earlier yes is free again.
  if (answer.type === 'guard.denied') world.budgets.giveBack(moving.scope.runId, ref);
  return answer;
}

/** One question about whatever wants people asked, on terms that satisfy all of it. */
async function askPeople(
  world: World,
  moving: Moving,
  command: CheckGuards,
  ruled: GuardrailVerdict,
  over: readonly LimitQuestion[],
): Promise<RunEvent> {
  const { ref } = command;
  const own = { runId: moving.scope.runId, ref };
  const [first] = over;
  if (first === undefined) return togetherUnderRule(world, moving, command, ruled);
  const joins = await isHolding(world, first.key, own);
  const held = { held: { budget: first.key, reason: first.message, joins } };
  if (ruled.answer === 'allow' && over.every(({ terms }) => terms === undefined)) {
    const guardId = over.map((limit) => limit.guardId).join(', ');
    const message = over.map((limit) => limit.message).join('; ');
    return { type: 'guard.ask', ref, guardId, message, ...held };
  }
  let all = ruled;
  for (const { guardId: id, message: reason, terms } of over) {
    const { approvers, quorum, glassQuorum = quorum } = terms ?? { approvers: [], quorum: 1 };
    all = strictestOf(all, { answer: 'ask', id, reason, approvers, quorum, glassQuorum });
  }
  const question = questionOf(ref, all);
  return question.type === 'guard.ask' ? { ...question, ...held } : question;
}

/** What a rule asks about in a wave is one question to read; an undo asks whoever was asked before, each by itself. */
async function togetherUnderRule(
  world: World,
  { scope }: Moving,
  { ref, approved }: CheckGuards,
  ruled: GuardrailVerdict,
): Promise<RunEvent> {
  const question = questionOf(ref, ruled);
  if (question.type !== 'guard.ask' || approved || scope.kind === 'undo') return question;
  const budget = ruleKey(question.guardId, scope.run.playbookId, planPathOf(ref));
  await world.budgets.lock(budget);
  const joins = await isHolding(world, budget, { runId: scope.runId, ref });
  return { ...question, held: { budget, by: 'rule', reason: question.message, joins } };
}

function questionOf(ref: string, verdict: GuardrailVerdict): Extract<RunEvent, { type: `guard.${string}` }> {
  switch (verdict.answer) {
    case 'allow':
      return { type: 'guard.allowed', ref };
    case 'deny':
      return { type: 'guard.denied', ref, guardId: verdict.id, message: verdict.reason };
    case 'ask': {
      const { id, reason, approvers, quorum, glassQuorum } = verdict;
      return {
        type: 'guard.ask',
        ref,
        guardId: id,
        message: reason,
        terms: { approvers, quorum, glassQuorum },
      };
    }
  }
}

/** Letting go once more says whether others hold the effect now, and leaves them its origin. */
async function wantedAgain(world: World, moving: Moving, command: CheckGuards): Promise<RunEvent | null> {
  const { given } = moving;
  const { ref } = command;
  await world.writeHoldsNow();
  if (given.frame?.undo?.askFirst !== undefined) {
    const outcome = await lookAtLease(world, moving, command.granted === true);
    if (outcome === 'gone') return { type: 'hold.wanted', ref, gone: true };
    return outcome === 'dispatch' || outcome === 'ask' ? null : { type: 'hold.wanted', ref };
  }
  const view = await releaseHold(world.tx, world.parts.tenant, recordOf(given).id);
  return view?.wanted ? { type: 'hold.wanted', ref } : null;
}

/**
 * Counts the target against every budget, or against none when one of them is used up and nobody has
 * said yes: what people have said yes to is counted, however full the budget is. Answers with those that are used up:
 * the one that denies, or all that want people asked.
 */
async function reserve(
  { budgets }: World,
  { scope: { runId } }: Moving,
  command: CheckGuards,
  limits: readonly LimitQuestion[],
): Promise<LimitQuestion[]> {
  const { ref, rendered, approved, reserved } = command;
  const target = countedAs(rendered);
  const inOrder = limits.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  await budgets.lockInOrder(inOrder);
  const beyond = new Set<LimitQuestion>();
  let over: LimitQuestion[] = [];
  for (const limit of inOrder) {
    if (await budgets.hasRoom(limit, target)) continue;
    beyond.add(limit);
    if (limit.onExceed === 'ask' && wasSaid(command, limit)) continue;
    if (limit.onExceed === 'deny') {
      over = [limit];
      break;
    }
    over.push(limit);
  }
  const [exceeded] = over;
  if (exceeded !== undefined && (exceeded.onExceed === 'deny' || !approved)) {
    if (reserved) budgets.giveBack(runId, ref);
    return over;
  }
  for (const limit of inOrder) budgets.count(limit, { target, runId, ref }, beyond.has(limit));
  return over;
}

/** Whoever said yes to its gate or list was told that this budget is used up, and is whom it wants asked. */
function wasSaid({ under }: CheckGuards, { key, terms }: LimitQuestion): boolean {
  return under?.budgets.includes(key) === true && (terms === undefined || meetsTerms(under, terms));
}

function noteExceeded(world: World, moving: Moving, command: CheckGuards, limit: LimitQuestion): void {
  const { rendered, ref } = command;
  world.batch.entries.push({
    type: 'limit.exceeded',
    actor: { kind: 'system', id: 'guard', channel: 'engine' },
    runId: moving.scope.runId,
    step: ref,
    action: `${rendered.action}@${rendered.actionVersion}`,
    actionKey: rendered.actionKey,
    ...(rendered.target === null ? {} : { targets: [rendered.target] }),
    code: 'guard/limit-exceeded',
    reason: limit.message,
    data: { guard: limit.guardId, targets: limit.targets, per_ms: limit.perMs, on_exceed: limit.onExceed },
  });
}

const effects = new WeakMap<Plan, ReadonlyMap<string, string | null>>();

/** The state an action brings about, as its manifest said when the playbook was published. */
function effectOf(plan: Plan, action: string): string | null {
  let known = effects.get(plan);
  if (known === undefined) {
    const actions = everyStep(plan).flatMap((step) => (step.kind === 'action' ? [step.action] : []));
    known = new Map([...actions, ...Object.values(plan.inverses)].map((each) => [each.key, each.effect]));
    effects.set(plan, known);
  }
  return known.get(action) ?? null;
}
