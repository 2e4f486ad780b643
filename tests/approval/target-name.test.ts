import { expect, it } from 'vitest';
import { typedWord } from '../../api/console/approval-bar.ts';
import { emptyContext } from '../../engine/core/run/context.ts';
import { nameOfTarget } from '../../engine/core/run/name-target.ts';

const target = { kind: 'user', id: 'U1' } as const;
const named = (name: unknown) =>
  nameOfTarget({ ...emptyContext(), facts: { 'user:U1': { name } } } as never, target);

it('a blank is no name: what cannot be taken back must not be confirmed by an empty line', () => {
  expect(named('Ada')).toBe('Ada');
  for (const none of ['', '  ', null, 7, undefined]) expect(named(none)).toBeNull();
  const card = { class: 'eradicate', targets: [{ ...target, name: named('') }] };
  expect(typedWord({ card } as never)).toBe('U1');
});
