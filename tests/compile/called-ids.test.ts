import { expect, it } from 'vitest';
import { calledIds } from '../../engine/core/compile/called-ids.ts';

it.each([
  ['a line of its own', 'steps:\n  - id: one\n    call: look-up\n'],
  ['the first key of a step', 'steps:\n  - call: look-up\n    id: one\n'],
  ['an entry in braces, wherever it stands', 'steps:\n  - { id: one, call: look-up, with: {} }\n'],
  ['quoted', 'steps:\n  - { "call": "look-up" }\n'],
])('a call is seen as %s', (_how, text) => {
  expect(calledIds(text)).toEqual(['look-up']);
});

it('a key that only ends like one is none', () => {
  expect(calledIds('x-call: look-up\nrecall: other\n')).toEqual([]);
});
