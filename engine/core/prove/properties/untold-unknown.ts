import { firstPerStep, type Property, type Violation } from '../property.ts';

/*
 * P7: when nobody can say whether an effect happened, either the target can be asked, or a person hears
 * of it: a message or a question follows, the run ends as failed and has an owner, or a person has just
 * cancelled it and sees it.
 */
export const untoldUnknown: Property = ({ plan, knowledge, explored }) =>
  firstPerStep(
    explored.states.flatMap((state): Violation[] => {
      if (state.node.mark.kind !== 'over') return [];
      const outcome = state.facts.get('ending');
      const owned = plan.playbook.owner !== null && (outcome === 'failed' || outcome === 'timed-out');
      if (owned || outcome === 'cancelled') return [];
      return [...state.facts.names()].flatMap((name): Violation[] => {
        if (!name.startsWith('untold ')) return [];
        const { step } = knowledge.places.of(name.slice('untold '.length));
        return [
          {
            code: 'prove/untold-unknown',
            step,
            message: `nobody hears of it when the outcome of step "${step.id}" stays unknown: the action cannot check the target`,
            help: 'tell people in "on_error" or afterwards, or let the failure end the run of a playbook with an "owner"',
            state,
            assuming: null,
          },
        ];
      });
    }),
  );
