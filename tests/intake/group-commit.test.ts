import { describe, expect, it } from 'vitest';
import { createGroup, GroupFull } from '../../engine/runtime/group-commit.ts';

const megabyte = 1_048_576;
const bounds = {
  batch: { items: 3, bytes: megabyte },
  waiting: { items: 4, bytes: megabyte },
  bytesOf: (item: string) => item.length,
};

/** A group whose commits are let through by hand. */
function handGroup(refuse: (items: string[]) => boolean = () => false) {
  const batches: string[][] = [];
  const gates: (() => void)[] = [];
  const group = createGroup<string, string>(async (items) => {
    batches.push(items);
    await new Promise<void>((resolve) => gates.push(resolve));
    if (refuse(items)) throw new Error(`cannot store ${items.join()}`);
    return items.map((item) => `stored ${item}`);
  }, bounds);
  const open = async (): Promise<void> => {
    await expect.poll(() => gates.length).toBeGreaterThan(0);
    for (const gate of gates.splice(0)) gate();
  };
  return { group, batches, open };
}

describe('a group commit', () => {
  it('commits what arrives alone at once, and together what arrives meanwhile', async () => {
    const { group, batches, open } = handGroup();
    const first = group.submit('a');
    await expect.poll(() => batches).toEqual([['a']]);
    const others = ['b', 'c', 'd', 'e'].map((item) => group.submit(item));
    await open();
    expect(await first).toBe('stored a');
    await open();
    await open();
    expect(await Promise.all(others)).toEqual(['stored b', 'stored c', 'stored d', 'stored e']);
    expect(batches).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  });

  it('repeats a batch that fails one by one, so that only what cannot be stored fails', async () => {
    const { group, open } = handGroup((items) => items.includes('bad'));
    const answers = Promise.allSettled(['good', 'bad', 'fine'].map((item) => group.submit(item)));
    await open();
    await open();
    expect(await answers).toMatchObject([
      { status: 'fulfilled', value: 'stored good' },
      { status: 'rejected', reason: { message: 'cannot store bad' } },
      { status: 'fulfilled', value: 'stored fine' },
    ]);
  });

  it('refuses more than may wait, and takes again when there is room', async () => {
    const { group, batches, open } = handGroup();
    const first = group.submit('a');
    await expect.poll(() => batches).toEqual([['a']]);
    const waiting = ['b', 'c', 'd', 'e'].map((item) => group.submit(item));
    await expect(group.submit('f')).rejects.toThrow(GroupFull);
    await open();
    await first;
    await open();
    await open();
    await Promise.all(waiting);
    const again = group.submit('g');
    await open();
    expect(await again).toBe('stored g');
  });

  it('leaves half of the room to others, however much one owner sends, by number and by bytes', async () => {
    const gates: (() => void)[] = [];
    const hold = async (items: string[]) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return items;
    };
    const ownerOf = (item: string) => item[0] ?? '';
    const group = createGroup<string, string>(hold, { ...bounds, ownerOf });
    const taken = [group.submit('a')];
    await expect.poll(() => gates.length).toBe(1);
    taken.push(group.submit('a1'), group.submit('a2'));
    await expect(group.submit('a3')).rejects.toThrow(GroupFull);
    taken.push(group.submit('b1'));
    await expect(group.submit(`b${'x'.repeat(megabyte / 2)}`)).rejects.toThrow(GroupFull);
    gates.shift()?.();
    // What is being committed does not wait any more.
    await expect.poll(() => gates.length).toBe(1);
    taken.push(group.submit('a4'));
    gates.shift()?.();
    await expect.poll(() => gates.length).toBe(1);
    gates.shift()?.();
    expect(await Promise.all(taken)).toEqual(['a', 'a1', 'a2', 'b1', 'a4']);
  });

  it('bounds a batch and what waits by bytes too, and lets one that is larger go alone', async () => {
    const { group, batches, open } = handGroup();
    const first = group.submit('a');
    await expect.poll(() => batches).toEqual([['a']]);
    const large = group.submit('x'.repeat(2 * megabyte));
    await expect(group.submit('b')).rejects.toThrow(GroupFull);
    await open();
    await first;
    await open();
    expect(await large).toContain('stored x');
    expect(batches.map((batch) => batch.length)).toEqual([1, 1]);
  });
});
