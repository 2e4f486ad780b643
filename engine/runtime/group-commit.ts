/*
 * Group commit without waiting: while one commit is at the disk, what arrives gathers and shares the
 * next. An idle group commits the first item at once. An item that cannot be committed fails alone: a
 * batch that fails is repeated one by one.
 */

export interface Group<Item, Answer> {
  /** Resolves when the item is committed; rejects when it failed alone, or with `GroupFull` at once. */
  submit(item: Item): Promise<Answer>;
}

/** More is waiting than may be kept in memory. Nothing of the item was recorded. */
export class GroupFull extends Error {
  constructor() {
    super('more is waiting to be stored than is kept in memory');
    this.name = 'GroupFull';
  }
}

export interface GroupOptions<Item> {
  /** Of one batch and of everything that waits. */
  batch: Bounds;
  waiting: Bounds;
  /** How many of those that wait may share a commit; absent: as many as fit. */
  share?(waiting: number): number;
  bytesOf(item: Item): number;
  /** Whose item it is. Nobody may take more than half of what may wait, so that one storm leaves room for others. */
  ownerOf?(item: Item): string;
}

export interface Bounds {
  items: number;
  bytes: number;
}

interface Waiting<Item, Answer> {
  item: Item;
  bytes: number;
  owner: string | undefined;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** @param commit one transaction; answers in the order of the items, or throws and has changed nothing */
export function createGroup<Item, Answer>(
  commit: (items: Item[]) => Promise<Answer[]>,
  options: GroupOptions<Item>,
): Group<Item, Answer> {
  let waiting: Waiting<Item, Answer>[] = [];
  let waitingBytes = 0;
  const owned = new Map<string, Bounds>();
  let committing = false;

  function own(owner: string | undefined, bytes: number, items: 1 | -1): void {
    if (owner === undefined) return;
    const before = owned.get(owner) ?? { items: 0, bytes: 0 };
    const now = { items: before.items + items, bytes: before.bytes + items * bytes };
    if (now.items === 0) owned.delete(owner);
    else owned.set(owner, now);
  }

  function hasFilledHalf(owner: string | undefined, bytes: number): boolean {
    const own = owner === undefined ? undefined : owned.get(owner);
    if (own === undefined) return false;
    return own.items >= options.waiting.items / 2 || own.bytes + bytes > options.waiting.bytes / 2;
  }

  function take(): Waiting<Item, Answer>[] {
    let bytes = 0;
    let count = 0;
    const itemsMax = Math.min(
      options.batch.items,
      options.share?.(waiting.length) ?? Number.POSITIVE_INFINITY,
    );
    for (const each of waiting) {
      bytes += each.bytes;
      // One that is larger than a whole batch goes alone.
      if (count === itemsMax || (count > 0 && bytes > options.batch.bytes)) break;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const each of batch) {
      waitingBytes -= each.bytes;
      own(each.owner, each.bytes, -1);
    }
    return batch;
  }

  async function settle(batch: Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await commit(batch.map((each) => each.item));
      for (const [index, each] of batch.entries()) each.resolve(answers[index] as Answer);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      // At once, so that a database that is away does not let the last of them wait for all the others.
      else await Promise.all(batch.map((each) => settle([each])));
    }
  }

  async function pump(): Promise<void> {
    if (committing) return;
    committing = true;
    // After the current tick, so that everything of one tick shares a commit.
    await Promise.resolve();
    while (waiting.length > 0) await settle(take());
    committing = false;
  }

  return {
    submit(item) {
      const bytes = options.bytesOf(item);
      const owner = options.ownerOf?.(item);
      const full =
        hasFilledHalf(owner, bytes) ||
        waiting.length >= options.waiting.items ||
        (waiting.length > 0 && waitingBytes + bytes > options.waiting.bytes);
      if (full) return Promise.reject(new GroupFull());
      return new Promise((resolve, reject) => {
        waiting.push({ item, bytes, owner, resolve, reject });
        waitingBytes += bytes;
        own(owner, bytes, 1);
        void pump();
      });
    },
  };
}
