import type { Problem } from '../../diagnostics/diagnostic.ts';
import { isReservedName } from '../../expression/vocabulary.ts';
import type { Rule } from '../context.ts';
import { findStep, type StepSite } from '../outline.ts';
import { keyAt, listField, mapField, type SourceScalar, scalarField, textField } from '../source-node.ts';

/** S1, S8: inner names hide no outer ones; and every name can be written in an expression. */
export const shadowedName: Rule = ({ source, outline }) => [
  ...listField(source.root, 'triggers').flatMap((trigger) =>
    elementName(scalarField(trigger, 'as'), rootNames),
  ),
  ...outline.all
    .filter(({ kind }) => kind === 'foreach')
    .flatMap((loop) => [
      ...elementName(scalarField(loop.node, 'as'), new Set([...rootNames, 'target'])),
      ...outerElement(loop),
    ]),
  ...outline.all.flatMap(outerStep),
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

function elementName(as: SourceScalar | undefined, taken: ReadonlySet<string>): Problem[] {
  if (typeof as?.value !== 'string') return [];
  const place = { at: as.at, path: as.path };
  if (taken.has(as.value))
    return [problem(place, `the element name "${as.value}" hides the name that expressions already have`)];
  return isReservedName(as.value) ? [unwritable(place, 'the element name', as.value)] : [];
}

/** A loop in a loop needs a name of its own for its element. */
function outerElement(loop: StepSite): Problem[] {
  const name = elementOf(loop);
  for (let outer = loop.body.owner; outer; outer = outer.body.owner) {
    if (outer.kind !== 'foreach' || elementOf(outer) !== name) continue;
    const at = scalarField(loop.node, 'as')?.at ?? keyAt(loop.node, 'foreach');
    return [
      {
        ...problem(
          { at, path: loop.node.path },
          `the element name "${name}" hides that of the loop around it`,
        ),
        seen: { at: outer.label.at, message: `loop "${outer.planId}" calls its element "${name}"` },
        help: 'give this loop an "as:" of its own',
      },
    ];
  }
  return [];
}

function elementOf(loop: StepSite): string {
  return textField(loop.node, 'as') ?? 'item';
}

function outerStep(step: StepSite): Problem[] {
  const hidden = step.id !== null && step.body.outer ? findStep(step.id, step.body.outer) : undefined;
  if (!hidden) return [];
  const place = { at: step.label.at, path: step.label.path };
  return [
    {
      ...problem(place, `the step id "${step.id}" hides a step outside the loop`),
      seen: { at: hidden.label.at, message: `step "${step.id}" is defined here` },
    },
  ];
}

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
