import { classRank } from '../contracts/action.ts';
import type { ActionStep, CallStep } from '../contracts/plan.ts';
import { expressionsOf } from '../expression/expressions-of.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { type Reference, referencesOf } from '../expression/references.ts';
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
  const fields = Object.entries(step.with).sort(([a], [b]) => (a < b ? -1 : 1));
  const read = fields.flatMap(([, template]) => expressionsOf(template)).flatMap(namesIn);
  const owner = bodiesAround(body).find((each) => readsItem(each, read));
  const what = step.kind === 'call' ? step.playbook : step.action.key;
  const where = step.kind === 'call' ? '' : (step.connection ?? '');
  return `acted ${what} ${owner?.path ?? 'run'} ${where} ${JSON.stringify(fields)}`;
}

/** What is written as text names nothing. */
function namesIn(expr: string): Reference[] {
  const syntax = parseSyntax(expr);
  return syntax.ok ? referencesOf(syntax.parsed.ast) : [];
}

function readsItem({ as, ids }: Body, read: readonly Reference[]): boolean {
  if (as === null) return false;
  return read.some(({ root, path: [key] }) =>
    root === 'steps' ? ids.has(String(key)) : root === as || root === 'index',
  );
}
