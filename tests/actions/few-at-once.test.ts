import { expect, test } from 'vitest';
import { fewAtOnce } from '../../engine/runtime/imap/few-at-once.ts';

const never = new AbortController().signal;

/** Work that stays under way until its door is opened. */
function opened() {
  const begun: string[] = [];
  const doors = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      begun.push(name);
      doors.set(name, resolve);
    });
  return { begun, work, open: (name: string) => doors.get(name)?.() };
}

test('so many of one name are under way, and the next goes in when one comes out', async () => {
  const few = fewAtOnce(2);
  const { begun, work, open } = opened();
  const all = ['a', 'b', 'c', 'd'].map((name) => few('ann', never, work(name)));
  const other = few('bea', never, work('x'));
  expect(begun).toEqual(['a', 'b', 'x']);
  open('b');
  await all[1];
  await expect.poll(() => begun).toEqual(['a', 'b', 'x', 'c']);
  for (const name of ['a', 'c', 'x']) open(name);
  await expect.poll(() => begun).toEqual(['a', 'b', 'x', 'c', 'd']);
  open('d');
  await Promise.all([...all, other]);
});

test('one that is called off while it waits goes, and takes nobody else’s turn', async () => {
  const few = fewAtOnce(1);
  const { begun, work, open } = opened();
  const first = few('ann', never, work('first'));
  const over = new AbortController();
  const waiting = few('ann', over.signal, work('second'));
  const third = few('ann', never, work('third'));
  over.abort(new Error('called off'));
  await expect(waiting).rejects.toThrow('called off');
  await expect(few('ann', over.signal, work('late'))).rejects.toThrow('called off');
  open('first');
  await first;
  await expect.poll(() => begun).toEqual(['first', 'third']);
  open('third');
  await third;
});

test('work that fails gives its place back', async () => {
  const few = fewAtOnce(1);
  await expect(few('ann', never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await few('ann', never, async () => 'in')).toBe('in');
});
