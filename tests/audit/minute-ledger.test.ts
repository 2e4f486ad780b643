import { expect, it } from 'vitest';
import { createMinuteLedger } from '../../engine/runtime/identity/minute-ledger.ts';

/* What is counted instead of told, in bounded memory. */

it('of more kinds than it has room for the oldest is told early, and its next is a first one', async () => {
  const written: string[] = [];
  const ledger = createMinuteLedger<string>(async (told, count, isFirst) => {
    if (told.startsWith('a')) written.push(`${told} ${count} ${isFirst}`);
  });
  await ledger.note('a', 'a1');
  await ledger.note('a', 'a2');
  await ledger.note('a', 'a3');
  for (let n = 0; n < 9_999; n++) await ledger.note(`${n}`, `${n}`);
  expect([ledger.isOpen('a'), written]).toEqual([true, ['a1 1 true']]);
  await ledger.note('one more', 'x');
  expect([ledger.isOpen('a'), written]).toEqual([false, ['a1 1 true', 'a3 2 false']]);
  await ledger.note('a', 'a4');
  expect(written.at(-1)).toBe('a4 1 true');
  await ledger.settle();
});

it('what was not written is no first one: the next of its kind is told', async () => {
  let broken = true;
  const written: string[] = [];
  const ledger = createMinuteLedger<string>(async (told) => {
    if (broken) throw new Error('no database');
    written.push(told);
  });
  // Who comes at the same instant is not told that it was noted either.
  const both = await Promise.allSettled([ledger.note('a', 'a1'), ledger.note('a', 'a1')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(ledger.isOpen('a')).toBe(false);
  broken = false;
  await ledger.note('a', 'a2');
  expect(written).toEqual(['a2']);
  await ledger.settle();
});

it('keeps no more of what was told than the other entry needs', async () => {
  const written: string[] = [];
  const ledger = createMinuteLedger<string>(
    async (told, count) => void written.push(`${told} ${count}`),
    5,
    (told) => told.slice(0, 1),
  );
  for (let n = 0; n < 3; n++) await ledger.note('a', 'a long text');
  await ledger.settle();
  expect(written).toEqual(['a long text 1', 'a 2']);
});
