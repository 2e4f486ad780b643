import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../sql-state.ts';
import { runsOn } from './postmaster-file.ts';

/** One try at ending a server, and how long it gets for it, in ms. */
export type Order = readonly [signal: NodeJS.Signals, waitMs: number];

/**
 * Ends the server that runs on this data: one order after another, until one has worked.
 * SIGINT is a fast shutdown, SIGQUIT an immediate one, after which the next start replays the journal.
 * https://www.postgresql.org/docs/18/server-shutdown.html
 */
export async function endPostmaster(data: string, pid: number, orders: readonly Order[]): Promise<void> {
  for (const [signal, waitMs] of orders) {
    // Asked right before: the number may be a stranger's by now.
    if (!(await runsOn(pid, data)) || !signalTo(pid, signal)) return;
    for (let waited = 0; waited < waitMs && (await runsOn(pid, data)); waited += 50) await sleep(50);
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (sqlState(error) === 'ESRCH') return false;
    throw error;
  }
}
