import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { ScopeName } from './scope-name.ts';
import { findUnread } from './store/queries/take-messages.ts';

/*
 * Tells scopes that they have messages: those of a commit right after it, and every second what a
 * crash between two transactions left behind. The messages themselves are rows; telling twice is
 * harmless.
 */

export interface Carrier {
  nudge(scopes: readonly ScopeName[]): void;
  start(): void;
  stop(): Promise<void>;
}

const sweepMs = 1_000;
const atOnceMax = 1_000;

export function createCarrier(parts: EngineParts, advancer: Advancer): Carrier {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  let stopped = false;

  async function deliver(scopes: readonly ScopeName[]): Promise<void> {
    const told = scopes.map(({ runId, path }) => advancer.submit({ kind: 'mail', runId, path }));
    for (const outcome of await Promise.allSettled(told)) {
      if (outcome.status === 'rejected')
        parts.log('warn', 'a message could not be delivered; trying again', {
          error: String(outcome.reason),
        });
    }
  }

  function sweep(): void {
    if (stopped) return;
    sweeping ??= findUnread(parts.database, parts.tenant, atOnceMax)
      .then(deliver)
      .catch((error) =>
        parts.log('warn', 'looking for messages failed; trying again', { error: String(error) }),
      )
      .finally(() => {
        sweeping = undefined;
      });
  }

  return {
    nudge(scopes) {
      if (!stopped && scopes.length > 0) void deliver(scopes);
    },
    start() {
      timer = setInterval(sweep, sweepMs);
      timer.unref();
      sweep();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
