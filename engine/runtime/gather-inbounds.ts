import { advanceRuns } from './advance-run.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Inbound } from './inbound.ts';
import { scopeKey } from './scope-name.ts';
import { createLine } from './take-turns.ts';

/*
 * Group commit without waiting: while one transaction is at the disk, what arrives gathers and is
 * committed together by the next. An idle engine commits the first inbound at once. One failing run
 * does not fail the others: a batch that fails is repeated one by one.
 */

export interface Advancer {
  /** Resolves when the inbound is committed (or its fact was already taken); rejects when it failed alone. */
  submit(inbound: Inbound): Promise<void>;
  /** Waits until everything submitted so far is settled. */
  drained(): Promise<void>;
}

/** Bounded so that one transaction stays in the milliseconds and one batch's JSON in the megabytes. */
const batchMax = 128;
/** Two: the next batch is decided while the last one is at the disk. */
const transactionsMax = 2;
/**
 * Runs that are moved together come back together. Left to themselves all of them end up in one crowd, and then this
 * process and the database wait for each other in turn; so nobody takes more than half of a crowd that is worth halving.
 */
const halvedAbove = 32;

interface Waiting {
  inbound: Inbound;
  resolve(): void;
  reject(error: unknown): void;
}

export function createAdvancer(parts: EngineParts): Advancer {
  const waiting = createLine<Waiting>();
  const busyRuns = new Set<string>();
  /** Scopes with a `mail` that has not been taken up yet: one reads all. */
  const unread = new Map<string, Promise<void>>();
  let running = 0;
  let idle: (() => void)[] = [];

  function pump(): void {
    while (running < transactionsMax) {
      const batch = take();
      if (batch.length === 0) break;
      running += 1;
      void settle(batch).finally(() => {
        running -= 1;
        for (const each of batch) busyRuns.delete(each.inbound.runId);
        pump();
        if (running === 0 && waiting.length === 0) {
          for (const wake of idle) wake();
          idle = [];
        }
      });
    }
  }

  function take(): Waiting[] {
    const half = Math.ceil((waiting.length + busyRuns.size) / transactionsMax);
    const batch = waiting.take(Math.min(batchMax, Math.max(halvedAbove, half)), busyRuns);
    for (const { inbound } of batch) {
      busyRuns.add(inbound.runId);
      if (inbound.kind === 'mail') unread.delete(scopeKey(inbound));
    }
    return batch;
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      await advanceRuns(
        parts,
        batch.map((each) => each.inbound),
      );
      parts.pass?.('gather.before-answer');
      for (const each of batch) each.resolve();
    } catch (error) {
      if (batch.length === 1) {
        batch[0]?.reject(error);
        return;
      }
      parts.log('warn', 'a batch failed and is repeated one by one', {
        size: batch.length,
        error: String(error),
      });
      for (const each of batch) await settle([each]);
    }
  }

  function submit(inbound: Inbound): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.add({ inbound, resolve, reject });
      // After the current tick, so that everything of one tick shares a transaction.
      queueMicrotask(pump);
    });
  }

  return {
    submit(inbound) {
      if (inbound.kind !== 'mail') return submit(inbound);
      const key = scopeKey(inbound);
      const known = unread.get(key);
      if (known !== undefined) return known;
      const reading = submit(inbound);
      unread.set(key, reading);
      return reading;
    },
    drained() {
      if (running === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => idle.push(resolve));
    },
  };
}
