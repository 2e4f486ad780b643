import { actedFact, mustNotRepeat } from '../effects.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';

/*
 * P5: nothing that must not happen twice is attempted twice. An action that is not idempotent and cannot
 * check the target is never retried, and is not reached again with the same arguments: neither by a
 * `repeat` nor by another step such as one in `on_error`. Messages are not effects on a target. A person
 * who restarts a failed step decides that himself.
 */
export const doubledEffect: Property = ({ explored, knowledge }) =>
  firstPerStep(
    explored.states.flatMap((state): Violation[] => {
      const { step, mark } = state.node;
      if (mark.kind !== 'acts' || step?.kind !== 'action' || !mustNotRepeat(step)) return [];
      const again = state.facts.get(actedFact(step, knowledge.places.of(step.path).body)) !== undefined;
      if (!again && step.retry.maxAttempts <= 1) return [];
      return [
        {
          code: 'prove/doubled-effect',
          step,
          message: again
            ? `"${step.action.key}" is done a second time with the same arguments; it is not idempotent and cannot check the target`
            : `"${step.action.key}" is tried up to ${step.retry.maxAttempts} times; it is not idempotent and cannot check the target`,
          help: again
            ? 'do it once, and read the state instead of repeating'
            : 'set "retry: { max_attempts: 1 }"',
          state,
          assuming: again ? null : 'the first attempt acts although it reports a failure',
        },
      ];
    }),
  );
