import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Asked, Replied, Trial } from './trial-messages.ts';

/*
 * A playbook that nobody has published is tried in a process of its own. Each of its expressions has a budget, but it may
 * have hundreds of them and an alert a thousand elements: minutes, in which leases would not be renewed and nobody answered.
 * A thread would be enough for that, and takes this process with it when the engine below it crashes.
 */

/** The process was ended: it took too long or too much memory, or nobody waits any more. */
export class TrialOver extends Error {}

/** An alert is a megabyte at most, and a page of them is there twice. */
const megabytesMax = 512;

const program = fileURLToPath(new URL('./trial-process.ts', import.meta.url));

export class TrialApart {
  readonly #process: ChildProcess;
  readonly #gone: AbortSignal | undefined;
  readonly #ended: Promise<void>;

  /** @param trial what backtests and plans are about; null: each question brings all it needs */
  constructor(trial: Trial | null, gone?: AbortSignal) {
    this.#gone = gone;
    const child = fork(program, [], {
      // Nothing of this process: neither its settings and secrets nor what its tests load.
      env: {},
      execArgv: [`--max-old-space-size=${megabytesMax}`, '--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process = child;
    // What cannot be sent is noticed by its end; an `error` that nobody hears would end this process.
    child.on('error', () => undefined);
    this.#ended = new Promise((resolve) =>
      child.once('exit', () => resolve()).once('error', () => resolve()),
    );
    if (trial !== null) child.send(trial, () => undefined);
  }

  /**
   * @throws TrialOver after so long, when nobody waits any more, or when the process ends by itself
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
      over('the process ended'),
    ];
    const replied = (message: unknown) => resolve(message as Replied);
    const timer = setTimeout(late, withinMs);
    const child = this.#process;
    child.once('message', replied);
    void this.#ended.then(ended);
    this.#gone?.addEventListener('abort', left, { once: true });
    if (this.#gone?.aborted) left();
    child.send(asked, () => undefined);
    try {
      return (await promise) as Extract<Replied, { is: Is }>;
    } finally {
      clearTimeout(timer);
      child.off('message', replied);
      this.#gone?.removeEventListener('abort', left);
    }
  }

  async close(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }
}
