import { classRank } from '../../contracts/action.ts';
import type { Plan, PlanStep } from '../../contracts/plan.ts';
import type { Places } from '../places.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';
import { containedAgain } from '../taken-back.ts';

/*
 * P6: after a `stop` nothing contains or eradicates, also not in `on_failure` (taking back is what that
 * is for), and `finally` changes nothing at all.
 */
export const effectAfterStop: Property = ({ plan, knowledge, explored }) =>
  firstPerStep(
    explored.states.flatMap((state): Violation[] => {
      const { step, mark } = state.node;
      if (step === null || (mark.kind !== 'acts' && mark.kind !== 'undoes' && mark.kind !== 'runs'))
        return [];
      const again =
        mark.kind === 'undoes' && containedAgain(state, plan, knowledge.places, explored).length > 0;
      const rank = again ? classRank.contain : effectRank(step, mark.kind, plan);
      const { top } = knowledge.places.of(step.path) satisfies Places['all'][number];
      const stop = state.facts.get('stopped');
      const inFinally = top === 'finally' && rank >= classRank.restore;
      const afterStop = top === 'on_failure' && stop !== undefined && rank >= classRank.contain;
      if (!inFinally && !afterStop) return [];
      return [
        {
          code: 'prove/effect-after-stop',
          step,
          message: inFinally
            ? `step "${step.id}" changes a target in "finally", which runs after everything, a stop included`
            : `step "${step.id}" acts on a target although the run was stopped`,
          help: inFinally
            ? 'only read and notify belong in "finally"'
            : 'test in "on_failure" whether the run was stopped, or end it with another outcome',
          state,
          assuming: null,
        },
      ];
    }),
  );

function effectRank(step: PlanStep, mark: 'acts' | 'undoes' | 'runs', plan: Plan): number {
  if (mark === 'acts') return step.kind === 'action' ? classRank[step.action.class] : 0;
  if (mark === 'undoes') return classRank.restore;
  return step.kind === 'call' ? classRank[plan.children[step.playbook]?.impact ?? 'eradicate'] : 0;
}
