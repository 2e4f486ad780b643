import { Worker } from 'node:worker_threads';
import type { Asked, Replied, Trial } from './trial-messages.ts';

/*
 * A playbook that nobody has published is tried in a thread of its own. Each of its expressions has a budget, but it may
 * have hundreds of them and an alert a thousand elements: minutes, in which leases would not be renewed and nobody answered.
 */

/** The thread was ended: it took too long or too much memory, or nobody waits any more. */
export class TrialOver extends Error {}

/** An alert is a megabyte at most, and a page of them is there twice. */
const megabytesMax = 512;

export class TrialThread {
  readonly #worker: Worker;
  readonly #gone: AbortSignal | undefined;

  constructor(trial: Trial, gone?: AbortSignal) {
    this.#gone = gone;
    this.#worker = new Worker(new URL('./trial-thread.ts', import.meta.url), {
      workerData: trial,
      // Nothing of this process: neither its settings nor what its tests load.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: megabytesMax },
    });
  }

  /**
   * @throws TrialOver after so long, when nobody waits any more, or when the thread ends by itself
   */
  async ask<Is extends Replied['is']>(
    asked: Asked,
    _is: Is,
    withinMs: number,
  ): Promise<Extract<Replied, { is: Is }>> {
    const { promise, resolve, reject } = Promise.withResolvers<Replied>();
    const over = (why: string) => () => reject(new TrialOver(why));
    const [late, left, ended] = [
      over('it took too long'),
      over('nobody waits for it'),
      over('the thread ended'),
    ];
    const failed = (error: Error) => reject(new TrialOver('the thread failed', { cause: error }));
    const timer = setTimeout(late, withinMs);
    const worker = this.#worker;
    worker.once('message', resolve).once('error', failed).once('exit', ended);
    this.#gone?.addEventListener('abort', left, { once: true });
    if (this.#gone?.aborted) left();
    worker.postMessage(asked);
    try {
      return (await promise) as Extract<Replied, { is: Is }>;
    } finally {
      clearTimeout(timer);
      worker.off('message', resolve).off('error', failed).off('exit', ended);
      this.#gone?.removeEventListener('abort', left);
    }
  }

  async close(): Promise<void> {
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => undefined);
    await this.#worker.terminate();
  }
}
