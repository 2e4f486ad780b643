import type { Problem } from '../../diagnostics/diagnostic.ts';
import { isReservedName } from '../../expression/vocabulary.ts';
import type { Rule } from '../context.ts';
import { listField, mapField, scalarField } from '../source-node.ts';

/** S8: names of elements hide no root name; and every name can be written in an expression. */
export const shadowedName: Rule = ({ source, outline }) => [
  ...listField(source.root, 'triggers').flatMap((trigger) => {
    const as = scalarField(trigger, 'as');
    if (typeof as?.value !== 'string') return [];
    const place = { at: as.at, path: as.path };
    if (rootNames.has(as.value))
      return [problem(place, `the element name "${as.value}" hides the name that expressions already have`)];
    return isReservedName(as.value) ? [unwritable(place, 'the element name', as.value)] : [];
  }),
  ...(['inputs', 'vars'] as const).flatMap((section) =>
    [...(mapField(source.root, section)?.fields.values() ?? [])].flatMap(({ key, keyAt, value }) =>
      notSelectable.has(key)
        ? [
            unwritable(
              { at: keyAt, path: value.path },
              section === 'inputs' ? 'the input' : 'the variable',
              key,
            ),
          ]
        : [],
    ),
  ),
  ...outline.all.flatMap((step) =>
    step.id !== null && notSelectable.has(step.id)
      ? [unwritable({ at: step.label.at, path: step.label.path }, 'the step id', step.id)]
      : [],
  ),
];

type Place = Pick<Problem, 'at' | 'path'>;

function problem(place: Place, message: string): Problem {
  return { code: 'compile/shadowed-name', ...place, message, help: 'choose another name' };
}

function unwritable(place: Place, what: string, name: string): Problem {
  return problem(
    place,
    `${what} "${name}" is a word of the expression language, so no expression could name it`,
  );
}

// `target` is the default name of an element, so writing it out hides nothing.
const rootNames: ReadonlySet<string> = new Set([
  'alert',
  'inputs',
  'vars',
  'steps',
  'run',
  'signal',
  'failure',
  'index',
  'guard',
]);

// Behind a dot only literals and the operator `in` cannot stand; the last two never reach data.
const notSelectable: ReadonlySet<string> = new Set([
  'in',
  'true',
  'false',
  'null',
  'constructor',
  'prototype',
]);
