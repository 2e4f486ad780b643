import type { Agenda } from './agenda.ts';

/*
 * A queue in front of somebody who takes what waits: while he is busy, what arrives gathers and is the
 * next batch. Nothing lingers unless that is asked for.
 */

export interface StationOptions<Item> {
  batchMax: number;
  /** Batches at a time. */
  concurrency: number;
  /** Before a batch that does not follow a full one. */
  lingerMs?: number;
  serve(batch: Item[], done: () => void): void;
}

export interface Station<Item> {
  submit(item: Item, done?: () => void): void;
  waiting(): number;
  /** Over the time since the last call of `forget`. */
  seen(): Seen;
  /** Begins to watch anew, e.g. after warming up. */
  forget(): void;
}

export interface Seen {
  items: number;
  batches: number;
  meanBatch: number;
  /** Share of the time in which at least one batch was served, over all that could have been. */
  utilisation: number;
  /** Of those waiting and of those being served. */
  meanLength: number;
  maxWaiting: number;
  /** Of those that were done, from submitted to served and to done. */
  meanWaitMs: number;
  meanStayMs: number;
}

interface Waiting<Item> {
  item: Item;
  sinceMs: number;
  done: (() => void) | undefined;
}

export function createStation<Item>(agenda: Agenda, options: StationOptions<Item>): Station<Item> {
  const { batchMax, concurrency, lingerMs = 0, serve } = options;
  let queue: Waiting<Item>[] = [];
  let head = 0;
  let serving = 0;
  let inside = 0;
  let lingering = false;
  let lastFull = false;
  let pumping = false;
  let atMs = 0;
  let beganMs = 0;
  const sums = { length: 0, busy: 0, items: 0, batches: 0, maxWaiting: 0, wait: 0, stay: 0 };

  function catchUp(): void {
    const passed = agenda.nowMs() - atMs;
    atMs = agenda.nowMs();
    sums.length += passed * inside;
    sums.busy += passed * serving;
  }

  const waiting = (): number => queue.length - head;

  function take(): Waiting<Item>[] {
    const batch = queue.slice(head, head + batchMax);
    head += batch.length;
    // A list that is cut at its front for every batch would be copied for every batch.
    if (head > 1_024 && head * 2 > queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
    return batch;
  }

  function pump(): void {
    pumping = false;
    while (serving < concurrency && waiting() > 0) {
      if (lingerMs > 0 && !lastFull) {
        if (lingering) return;
        lingering = true;
        agenda.in(lingerMs, () => {
          lingering = false;
          if (serving < concurrency && waiting() > 0) begin();
        });
        return;
      }
      begin();
    }
  }

  function begin(): void {
    catchUp();
    const batch = take();
    lastFull = batch.length === batchMax;
    serving += 1;
    const servedMs = agenda.nowMs();
    serve(
      batch.map((each) => each.item),
      () => {
        catchUp();
        serving -= 1;
        inside -= batch.length;
        sums.batches += 1;
        for (const each of batch) {
          sums.items += 1;
          sums.wait += servedMs - each.sinceMs;
          sums.stay += agenda.nowMs() - each.sinceMs;
          each.done?.();
        }
        soon();
      },
    );
  }

  function soon(): void {
    if (pumping) return;
    pumping = true;
    agenda.soon(pump);
  }

  return {
    submit(item, done) {
      catchUp();
      queue.push({ item, sinceMs: agenda.nowMs(), done });
      inside += 1;
      sums.maxWaiting = Math.max(sums.maxWaiting, waiting());
      soon();
    },
    waiting,
    seen() {
      catchUp();
      const passed = agenda.nowMs() - beganMs;
      const { items, batches } = sums;
      return {
        items,
        batches,
        meanBatch: batches === 0 ? 0 : items / batches,
        utilisation: passed === 0 ? 0 : sums.busy / passed / concurrency,
        meanLength: passed === 0 ? 0 : sums.length / passed,
        maxWaiting: sums.maxWaiting,
        meanWaitMs: items === 0 ? 0 : sums.wait / items,
        meanStayMs: items === 0 ? 0 : sums.stay / items,
      };
    },
    forget() {
      catchUp();
      beganMs = agenda.nowMs();
      Object.assign(sums, { length: 0, busy: 0, items: 0, batches: 0, wait: 0, stay: 0 });
      sums.maxWaiting = waiting();
    },
  };
}
