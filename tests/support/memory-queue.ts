import type { Courier, Lot } from '../../engine/runtime/queue/courier.ts';

/** A courier without a queue: hands lots over in the same process, in order of priority. */
export function memoryQueue(options: { deliverTwice?: boolean } = {}): Courier & { sent: Lot[] } {
  const waiting: Lot[] = [];
  const sent: Lot[] = [];
  const running = new Set<Promise<void>>();
  const stop = new AbortController();
  let perform: ((lot: Lot, signal: AbortSignal) => Promise<void>) | undefined;

  function pump(): void {
    while (perform !== undefined && waiting.length > 0) {
      waiting.sort((a, b) => a.priority - b.priority);
      const lot = waiting.shift();
      if (lot === undefined) return;
      const work = perform(lot, stop.signal).catch(() => undefined);
      running.add(work);
      void work.finally(() => running.delete(work));
    }
  }

  return {
    sent,
    async send(lots) {
      sent.push(...lots);
      waiting.push(...lots, ...(options.deliverTwice ? lots : []));
      setImmediate(pump);
    },
    async work(_systems, _options, handler) {
      perform = handler;
      pump();
    },
    taking: () => true,
    async ready() {
      return { ok: true, detail: 'in memory' };
    },
    async close() {
      perform = undefined;
      await Promise.all(running);
    },
  };
}
