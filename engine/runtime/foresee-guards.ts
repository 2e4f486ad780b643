import type { Command, ForeseenDemand, LimitQuestion, RunEvent } from '../core/contracts/command.ts';
import type { GuardrailVerdict } from '../core/guard/guardrails.ts';
import { judgeGuardrails, strictestOf } from '../core/guard/judge-guardrails.ts';
import { guardrailLimits } from './guardrail-limits.ts';
import { isHolding } from './held-budgets.ts';
import { countedAs } from './store/queries/reserve-targets.ts';
import type { Moving, World } from './world.ts';

type Foresee = Extract<Command, { kind: 'foresee-guards' }>;

/*
 * What will be wanted of the actions behind a gate or in a list, so that it is asked on those terms at
 * once. Nothing is reserved and nothing denied here: each action is judged again when it goes out.
 */
export async function foreseeGuards(world: World, moving: Moving, command: Foresee): Promise<RunEvent> {
  const { ref } = command;
  const ruled = await foreseeRules(world, moving, command);
  const over = await foreseeBudgets(world, command);
  const [first] = over;
  if (first === undefined) {
    if (ruled.answer !== 'ask') return { type: 'guards.foreseen', ref, demand: null };
    const { id, reason, approvers, quorum, glassQuorum } = ruled;
    const demand = { guardId: id, message: reason, terms: { approvers, quorum, glassQuorum }, budgets: [] };
    return { type: 'guards.foreseen', ref, demand };
  }
  let all: GuardrailVerdict = ruled;
  for (const { guardId: id, message: reason, terms } of over) {
    const { approvers, quorum, glassQuorum = quorum } = terms ?? { approvers: [], quorum: 1 };
    all = together(all, { answer: 'ask', id, reason, approvers, quorum, glassQuorum });
  }
  const joins = await isHolding(world, first.key, { runId: moving.scope.runId, ref });
  const demand: ForeseenDemand = {
    guardId: all.answer === 'ask' ? all.id : first.guardId,
    message: all.answer === 'ask' ? all.reason : first.message,
    ...(all.answer === 'ask' && {
      terms: { approvers: all.approvers, quorum: all.quorum, glassQuorum: all.glassQuorum },
    }),
    held: { budget: first.key, reason: first.message, joins },
    budgets: over.map(({ key }) => key),
  };
  return { type: 'guards.foreseen', ref, demand };
}

/** What would be denied is denied when its turn comes; people are asked about the rest. */
async function foreseeRules(world: World, moving: Moving, { actions }: Foresee): Promise<GuardrailVerdict> {
  const guardrails = await world.guardrails();
  let strictest: GuardrailVerdict = { answer: 'allow' };
  if (guardrails === null) return strictest;
  const simulated = moving.scope.run.given.mode === 'audit';
  for (const { rendered, guard } of actions) {
    const action = { class: rendered.class, guard, undoing: false, simulated };
    strictest = together(strictest, judgeGuardrails(guardrails, action, world.nowMs));
  }
  return strictest;
}

/** Two wishes that nobody can fulfil together are left to the actions, each of which asks for itself. */
function together(one: GuardrailVerdict, other: GuardrailVerdict): GuardrailVerdict {
  if (other.answer === 'deny') return one;
  if (one.answer === 'ask' && other.answer === 'ask' && one.id.split(', ').includes(other.id)) return one;
  const both = strictestOf(one, other);
  return both.answer === 'deny' ? one : both;
}

/** The budgets that ask and do not reach for everything that is asked about. */
async function foreseeBudgets(world: World, { actions }: Foresee): Promise<LimitQuestion[]> {
  const guardrails = await world.guardrails();
  const ofTenant = new Map<string, LimitQuestion[]>();
  const wanted = new Map<string, { limit: LimitQuestion; targets: Set<string> }>();
  for (const { rendered, limits } of actions) {
    const kind = `${rendered.class}/${rendered.target?.kind}`;
    if (!ofTenant.has(kind)) {
      const found = guardrails === null ? [] : await guardrailLimits(world, guardrails, rendered);
      ofTenant.set(kind, found);
    }
    for (const limit of [...limits, ...(ofTenant.get(kind) ?? [])]) {
      if (limit.onExceed !== 'ask') continue;
      const known = wanted.get(limit.key) ?? { limit, targets: new Set<string>() };
      known.targets.add(countedAs(rendered));
      wanted.set(limit.key, known);
    }
  }
  const over: LimitQuestion[] = [];
  // In the order in which reservations lock them.
  for (const [, { limit, targets }] of [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const counted = await world.budgets.counted(limit);
    if (new Set([...counted, ...targets]).size > limit.targets) over.push(limit);
  }
  return over;
}
