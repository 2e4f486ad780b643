import type { ActionStep, CallStep } from '../../contracts/plan.ts';
import { actedFact, mustNotRepeat } from '../effects.ts';
import type { State } from '../explore.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';

/*
 * P5: nothing that must not happen twice is attempted twice. An action that is not idempotent and cannot
 * check the target is never retried, and is not reached again with the same arguments: neither by a
 * `repeat` nor by another step such as one in `on_error`. Messages are not effects on a target. A person
 * who restarts a failed step decides that himself.
 */
export const doubledEffect: Property = ({ plan, explored, knowledge }) =>
  firstPerStep(
    explored.states.flatMap((state): Violation[] => {
      const { step, mark } = state.node;
      if (mark.kind !== 'acts' || step === null) return [];
      const isAgain = (other: ActionStep | CallStep) =>
        state.facts.get(actedFact(other, knowledge.places.of(other.path).body)) !== undefined;
      if (step.kind === 'call') {
        const once = plan.children[step.playbook]?.once === true;
        return once && isAgain(step) ? [calledAgain(step, state)] : [];
      }
      if (step.kind !== 'action' || !mustNotRepeat(step)) return [];
      if (isAgain(step)) return [doneAgain(step, state)];
      return step.retry.maxAttempts > 1 ? [retried(step, state)] : [];
    }),
  );

function doneAgain(step: ActionStep, state: State): Violation {
  return {
    code: 'prove/doubled-effect',
    step,
    message: `"${step.action.key}" is done a second time with the same arguments; it is not idempotent and cannot check the target`,
    help: 'do it once, and read the state instead of repeating',
    state,
    assuming: null,
  };
}

function calledAgain(step: CallStep, state: State): Violation {
  return {
    code: 'prove/doubled-effect',
    step,
    message: `"${step.playbook}" is called a second time with the same inputs; it has an effect that is not idempotent and cannot check the target`,
    help: 'call it once, and read the state instead of repeating',
    state,
    assuming: null,
  };
}

function retried(step: ActionStep, state: State): Violation {
  return {
    code: 'prove/doubled-effect',
    step,
    message: `"${step.action.key}" is tried up to ${step.retry.maxAttempts} times; it is not idempotent and cannot check the target`,
    help: 'set "retry: { max_attempts: 1 }"',
    state,
    assuming: 'the first attempt acts although it reports a failure',
  };
}
