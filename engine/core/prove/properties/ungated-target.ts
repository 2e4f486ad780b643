import type { ActionStep, Plan } from '../../contracts/plan.ts';
import type { Facts } from '../facts.ts';
import { judgeText, type Sight } from '../judge-condition.ts';
import type { Knowledge } from '../knowledge.ts';
import type { Place } from '../places.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';
import {
  forerunnersOf,
  isKnownWithList,
  isSensitive,
  type Suspicion,
  suspicionsOf,
  tellersOf,
} from '../sensitive-targets.ts';
import { approvalOf, guardsOf } from '../sites.ts';

/*
 * P1: before a server, a privileged account or a target nobody knows is contained, a person is asked or
 * a guard forbids it. A limit is no guard: it lets the first ones through.
 */
export const ungatedTarget: Property = ({ plan, knowledge, explored }) => {
  // In `ask` everything that changes a target waits for a person; in `audit` nothing is changed. A mode
  // may be lowered for a run, never raised.
  if (plan.mode !== 'enforce') return [];
  const violations = explored.states.flatMap((state): Violation[] => {
    const { step, mark } = state.node;
    if (mark.kind !== 'acts' || step?.kind !== 'action' || !isSensitive(step.action)) return [];
    const place = knowledge.places.of(step.path);
    const open = suspicionsOf(step, knowledge.places).find(
      (suspicion) =>
        isPossible(suspicion, state.facts, place, knowledge) &&
        !isHeld(plan, step, suspicion, state.facts, place, knowledge),
    );
    if (open === undefined) return [];
    return [
      {
        code: 'prove/ungated-target',
        step,
        message: `"${step.action.key}" can act without approval and without a guard when ${open.words}`,
        help: `ask whenever the target is not known to be harmless: ${open.advice}`,
        state,
        assuming: `${open.words}${told(open)}`,
      },
    ];
  });
  return firstPerStep(violations);
};

function told({ values }: Suspicion): string {
  const [first] = [...values].filter(([text]) => text.startsWith('steps.'));
  return first === undefined ? '' : `: ${first[0]} is ${JSON.stringify(first[1].value)}`;
}

/** The conditions on the way here do not rule it out. */
function isPossible(suspicion: Suspicion, facts: Facts, place: Place, knowledge: Knowledge): boolean {
  const inWorld = sightOf(suspicion, facts, place, knowledge, false);
  for (const name of facts.names()) {
    const [kind, body = '', ...rest] = name.split(' ');
    if (body !== place.body.path) continue;
    if (kind === 'held') {
      const judged = judgeText(rest.join(' '), inWorld);
      if (!judged[facts.get(name) === 'true' ? 'true' : 'false']) return false;
    }
    const world = suspicion.values.get(kind === 'not' ? rest.slice(0, -1).join(' ') : rest.join(' '));
    if (world === undefined) continue;
    if (kind === 'value' && facts.get(name) !== JSON.stringify(world.value)) return false;
    if (kind === 'not' && rest.at(-1) === JSON.stringify(world.value)) return false;
  }
  return true;
}

function isHeld(
  plan: Plan,
  step: ActionStep,
  suspicion: Suspicion,
  facts: Facts,
  place: Place,
  knowledge: Knowledge,
): boolean {
  const sight = sightOf(suspicion, facts, place, knowledge, true);
  if (guardsOf(plan, step).some((guard) => !judgeText(guard, sight).false)) return true;
  // A gate that was granted covers it; one that was refused makes it ask for itself.
  const gates = knowledge.places.all.filter(
    ({ step: gate }) => gate.kind === 'approval' && gate.covers.includes(step.path),
  );
  if (gates.some(({ step: gate }) => facts.get(`gate ${gate.path}`) !== undefined)) return true;
  const agreed = forerunnersOf(step, knowledge.places).some(
    (other) =>
      facts.get(`status ${other.path}`) === 'succeeded' &&
      isHeld(plan, other, suspicion, facts, knowledge.places.of(other.path), knowledge),
  );
  if (agreed) return true;
  // An error in `when` asks.
  if (step.approval !== null)
    return step.approval.when === null || !judgeText(step.approval.when, sight).false;
  return place.lists.some(
    (list) =>
      approvalOf(list) !== null &&
      isKnownWithList(step, list, knowledge.places) &&
      (approvalOf(list)?.when === null || facts.get(`gate ${list.path}`) === 'granted'),
  );
}

/** What an expression sees when the suspicion is true. Without a lookup that succeeded, its outputs fail. */
function sightOf(
  suspicion: Suspicion,
  facts: Facts,
  place: Place,
  knowledge: Knowledge,
  useFacts: boolean,
): Sight {
  const sight = knowledge.sight(facts, place.body);
  const missing = (teller: string) => {
    const words = facts.get(`status ${teller}`)?.split('|');
    return words !== undefined && !words.includes('succeeded');
  };
  return {
    ...sight,
    value: (text) => suspicion.values.get(text)?.value ?? (useFacts ? sight.value(text) : undefined),
    held: (text) => (useFacts ? sight.held(text) : undefined),
    fails: (text) => {
      const world = suspicion.values.get(text);
      if (world !== undefined) return world.tellers.every(missing);
      // Facts of a target that no step told are absent.
      const [, fact] = /^guard\.target\.(role|criticality|tags|owner|name)$/.exec(text) ?? [];
      return fact !== undefined && tellersOf(place, fact, knowledge.places).every(missing);
    },
  };
}
