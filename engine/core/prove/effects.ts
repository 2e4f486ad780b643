import { classRank } from '../contracts/action.ts';
import type { ActionStep, CallStep } from '../contracts/plan.ts';
import { type Body, bodiesAround } from './places.ts';

/** Something on a target changes; a message or a look is not that. */
function hasEffect(step: ActionStep): boolean {
  return classRank[step.action.class] >= classRank.restore;
}

/** Twice is not once, and the target cannot be asked whether it happened. */
export function mustNotRepeat(step: ActionStep): boolean {
  return hasEffect(step) && step.action.idempotent === 'no' && !step.action.canCheck;
}

/** An effect whose outcome can stay unknown, with nothing but a person to find out. */
export function needsTelling(step: ActionStep): boolean {
  return hasEffect(step) && step.action.idempotent !== 'native' && !step.action.canCheck;
}

/**
 * Names the effect: the same action with the same arguments is the same effect, whichever step does it.
 * Arguments that read something of a `foreach` item are another effect in each of its items; the rounds
 * of a `repeat` may well find the same again.
 */
export function actedFact(step: ActionStep | CallStep, body: Body): string {
  const text = JSON.stringify(step.with);
  const owner = bodiesAround(body).find((each) => readsItem(each, text));
  const what = step.kind === 'call' ? step.playbook : step.action.key;
  const where = step.kind === 'call' ? '' : (step.connection ?? '');
  return `acted ${what} ${owner?.path ?? 'run'} ${where} ${text}`;
}

function readsItem({ as, ids }: Body, text: string): boolean {
  if (as === null) return false;
  const names = [as, 'index', ...[...ids.keys()].map((id) => `steps\\.${id}`)];
  return new RegExp(`\\b(${names.join('|')})\\b`).test(text);
}
