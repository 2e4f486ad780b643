import { expect, test } from 'vitest';
import { toldByCause } from '../../engine/core/undo/told-by-cause.ts';

/* What a record that found our own doing takes from the one that brought it about. */

const release = (args: object, told?: object) =>
  ({ action: 'mail.release-message@1', arguments: args, ...(told !== undefined && { told }) }) as never;

test('what the cause was told fills what is not said, also from one that has it from there', () => {
  const cause = release({ id: 'm', folder: 'junk', comment: 'x' }, { folder: 'junk' });
  const heir = toldByCause(release({ id: 'm' }), cause);
  expect(heir).toEqual(release({ id: 'm', folder: 'junk' }, { folder: 'junk' }));
  expect(toldByCause(release({ id: 'm' }), heir)).toEqual(heir);
  expect(toldByCause(release({ id: 'm', folder: 'inbox' }), cause)).toMatchObject({
    arguments: { folder: 'inbox' },
  });
});

test('of another action, or where nothing was told, nothing is taken', () => {
  const own = release({ id: 'm' });
  expect(toldByCause(own, release({ id: 'm', folder: 'junk' }))).toBe(own);
  const other = { action: 'mail.delete@1', arguments: {}, told: { folder: 'junk' } };
  expect(toldByCause(own, other)).toBe(own);
  expect(toldByCause(own, { irreversible: 'never' })).toBe(own);
});
