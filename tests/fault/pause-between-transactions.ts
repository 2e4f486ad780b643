import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineProcess } from './engine-process.ts';
import type { Scene } from './open-scene.ts';

/**
 * Not while it holds locks: those are a matter of the database's patience with idle transactions and
 * hold everybody up without harming anybody.
 */
export async function pauseBetweenTransactions(scene: Scene, sleeper: EngineProcess): Promise<void> {
  await scene.until('it stands still without holding locks', async () => {
    sleeper.pause();
    await sleep(100);
    const open = await scene.count(
      `select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
    if (open > 0) sleeper.resume();
    return open === 0;
  });
}
