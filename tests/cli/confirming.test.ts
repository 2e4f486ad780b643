import { expect, test } from 'vitest';
import { confirmationOf } from '../../api/cli/confirmation.ts';

const approval = (cardClass: string) => ({
  class: cardClass,
  card: { targets: [{ kind: 'mail', id: 'M1', name: 'Invoice' }] },
});

test('eradicating asks for the name of the target', () => {
  expect(confirmationOf('approve', approval('eradicate'))).toMatchObject({ expected: 'Invoice' });
  expect(confirmationOf('approve', approval('eradicate')).question).toContain('Invoice');
});

test('a target without name is asked for by its id', () => {
  const nameless = { class: 'eradicate', card: { targets: [{ kind: 'mail', id: 'M1', name: null }] } };
  expect(confirmationOf('approve', nameless).expected).toBe('M1');
});

test('everything else asks for yes, a denial of eradication too', () => {
  expect(confirmationOf('deny', approval('eradicate')).expected).toBe('yes');
  expect(confirmationOf('approve', approval('contain')).expected).toBe('yes');
});
