import type { ForeachStep } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { expressionsOf } from '../expression/expressions-of.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { type Reference, referencesOf } from '../expression/references.ts';
import { type Place, type Places, resolveId } from './places.ts';

/*
 * When one text is one value. Two steps that write the same words mean the same only while nothing that
 * the words read may change between them: a variable that is set, a step that ends, the clock, the item
 * of another loop. In doubt they mean two things.
 */

export interface Written {
  template: Template;
  place: Place;
}

export function isSameValue(one: Written, other: Written, places: Places): boolean {
  return (
    JSON.stringify(one.template) === JSON.stringify(other.template) &&
    expressionsOf(one.template).every((expr) => readsTheSame(expr, one.place, other.place, places))
  );
}

function readsTheSame(expr: string, one: Place, other: Place, places: Places): boolean {
  if (/\bnow\b/.test(expr)) return false;
  const syntax = parseSyntax(expr);
  return syntax.ok && referencesOf(syntax.parsed.ast).every((each) => isUnchanged(each, one, other, places));
}

function isUnchanged({ root, path: [key] }: Reference, one: Place, other: Place, places: Places): boolean {
  const [first, second] = one.index <= other.index ? [one, other] : [other, one];
  switch (root) {
    case 'alert':
    case 'inputs':
    case 'run':
      return true;
    case 'vars':
      return !places.all.some(
        ({ step, index }) =>
          step.kind === 'set' &&
          index > first.index &&
          index < second.index &&
          (typeof key !== 'string' || Object.hasOwn(step.values, key)),
      );
    case 'steps': {
      // How it ended is part of what is read, so it has to be over before both.
      const path = typeof key === 'string' ? resolveId(one.body, key) : undefined;
      const isOne = path !== undefined && typeof key === 'string' && path === resolveId(other.body, key);
      return isOne && places.of(path).last < first.index;
    }
    case 'failure':
      // Another one in each handler.
      return false;
    default:
      return isSameItem(loopOf(one, root), loopOf(other, root), places);
  }
}

/** The loop whose item a name means; `index` counts in the innermost one. */
function loopOf(place: Place, name: string): ForeachStep | undefined {
  return place.lists
    .filter((list) => list.kind === 'foreach')
    .find(({ as }) => name === 'index' || as === name);
}

/** Two loops over the same list meet the same items. */
function isSameItem(one: ForeachStep | undefined, other: ForeachStep | undefined, places: Places): boolean {
  if (one === undefined || other === undefined) return false;
  if (one === other) return true;
  return (
    one.list === other.list && readsTheSame(one.list, places.of(one.path), places.of(other.path), places)
  );
}
