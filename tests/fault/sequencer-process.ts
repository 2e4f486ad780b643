import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import { releaseAfter } from '../support/release-after.ts';
import type { Death } from './engine-process.ts';

/** What `run-sequencer.ts` is told. */
export interface SequencerOrders {
  databaseUrl: string;
  keyFile: string;
  places: readonly string[];
  retentionDays: number | null;
}

export interface SequencerProcess {
  /** How often it said that it passed this point. */
  passed(point: string): number;
  said(): string;
  running(): boolean;
  endedBy(): string | null;
  /** In good order. */
  stop(): Promise<void>;
}

/** A real sequencer in a process of its own; with a death it ends itself there, as `kill -9` does. */
export function startSequencerProcess(orders: SequencerOrders, death: Death | null): SequencerProcess {
  const env =
    death === null ? process.env : { ...process.env, FAULT_DIE_AT: `${death.point}:${death.passing}` };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'run-sequencer.ts'), JSON.stringify(orders)],
    { stdio: 'pipe', cwd: inject('runFolder'), env },
  );
  const closed = once(child, 'close');
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', () => {
      if (said.includes('ready\n')) resolve();
    });
  });
  releaseAfter(async () => {
    if (running()) child.kill('SIGKILL');
    await closed;
  });
  return {
    passed: (point) => said.split('\n').filter((line) => line === `passed ${point}`).length,
    said: () => said,
    running,
    endedBy: () => child.signalCode,
    async stop() {
      // One that has just been started does not listen to a polite word yet and would die of it.
      await Promise.race([ready, closed]);
      if (running()) child.kill('SIGTERM');
      await closed;
      if (child.exitCode !== 0) throw new Error(`the sequencer did not end well: ${said}`);
    },
  };
}
