import type { Json } from '../../../../schemas/json.ts';
import type { ActionStep, PlanStep } from '../../contracts/plan.ts';
import type { State } from '../explore.ts';
import { judgeText, type Sight } from '../judge-condition.ts';
import { type Explorable, firstPerStep, type Property, type Violation } from '../property.ts';
import { suspectedOf } from '../sensitive-targets.ts';
import { guardsOf } from '../sites.ts';
import { type ContainedAgain, containedAgain } from '../taken-back.ts';

/*
 * P1 once more, for what is contained by taking something back. A yes to the release is none to this,
 * and neither is one to the whole list of a loop: only the undo's own approval asks about it.
 */
export const ungatedUndo: Property = (explorable) => {
  const { plan, knowledge, explored } = explorable;
  if (plan.mode !== 'enforce') return [];
  return firstPerStep(
    explored.states.flatMap((state): Violation[] => {
      const { step } = state.node;
      if (step === null || asks(step, state, explorable)) return [];
      const found = containedAgain(state, plan, knowledge.places, explored);
      return found.flatMap((each) => violationOf(each, state, step, explorable)).slice(0, 1);
    }),
  );
};

function asks(step: PlanStep, state: State, { knowledge }: Explorable): boolean {
  if (step.kind !== 'undo' || step.approval === null) return false;
  const { when } = step.approval;
  return when === null || !knowledge.judge(when, state.facts, knowledge.places.of(step.path).body).false;
}

function violationOf(
  { of, action }: ContainedAgain,
  state: State,
  step: PlanStep,
  { plan }: Explorable,
): Violation[] {
  const open = suspectedOf(action.target?.kind).find(({ fact }) => {
    // Guards name an inverse by its class or its key, never by the step that it takes back.
    const inverse = { action, id: '' } satisfies Partial<ActionStep> as ActionStep;
    return guardsOf(plan, inverse).every((guard) => judgeText(guard, knowingOnly(fact)).false);
  });
  if (open === undefined) return [];
  const leased = state.node.mark.kind === 'ended';
  return [
    {
      code: 'prove/ungated-target',
      step,
      message: `"${action.key}" can act without approval and without a guard when ${open.words}: it takes back ${
        leased ? `"${step.id}" at the end of its lease` : `what "${of.id}" did`
      }`,
      help: helpFor(step, of, leased),
      state,
      assuming: open.words,
    },
  ];
}

function helpFor(step: PlanStep, of: PlanStep, leased: boolean): string {
  if (leased) return 'write "at_end: ask" in its lease, or leave the lease out';
  const nothing = `"rollback: none" at "${of.id}" says that it stays`;
  return step.kind === 'undo'
    ? `add "approval: {}" to the undo${of.kind === 'call' ? '' : `; ${nothing}`}`
    : `take back in an "undo" step with an approval${of.kind === 'call' ? '' : `; ${nothing}`}`;
}

/** Of the target one fact is known, of the run nothing. */
function knowingOnly(fact: { name: string; value: Json } | null): Sight {
  return {
    status: () => null,
    isAction: () => false,
    value: (text) => (fact !== null && text === `guard.target.${fact.name}` ? fact.value : undefined),
    isNot: () => false,
    held: () => undefined,
    fails: () => false,
  };
}
