import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import type { Role } from '../../api/process/config.ts';
import type { FaultPoint } from '../../engine/runtime/fault-point.ts';
import type { People } from './busy-people.ts';

/** What `run-engine.ts` is told. */
export interface EngineOrders {
  /** Its name in claims. */
  name: string;
  roles: readonly Role[];
  /** Where its API listens on 127.0.0.1, when that is one of its roles. */
  port: number;
  databaseUrl: string;
  /** Address of a Redis; null: queues live in PostgreSQL. */
  queue: string | null;
  labUrl: string;
  leaseMarginMs: number;
  /** How often every lot is handed to the queue. */
  deliveries: number;
  /** Nothing is claimed by the process that decides it. */
  overQueueOnly: boolean;
  /** Who work at this engine; null: nobody. */
  people: People | null;
}

/** Where a process ends itself, and at which passing. */
export interface Death {
  point: FaultPoint;
  passing: number;
}

/** A real engine in a process of its own, which can be treated as badly as a machine treats it. */
export interface EngineProcess {
  name: string;
  pid: number;
  /** Until it works. Rejects with what it said when it ended before. */
  ready(): Promise<void>;
  /** What it wrote, the end of it. */
  said(): string;
  running(): boolean;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
  /** `SIGKILL` or another signal, when it did not end by itself. */
  endedBy(): string | null;
  pause(): void;
  resume(): void;
  /** Its clock moves by `clockJumpMs`, from one line to the next. */
  jump(): void;
  /** In good order. Rejects when it did not end well. */
  stop(): Promise<void>;
}

const saidMax = 20_000;

/**
 * @param clockAheadMs how far its clock is ahead of everybody else's
 * @param clockJumpMs how far it will be when it is told to jump
 */
export function startEngineProcess(
  orders: EngineOrders,
  clockAheadMs = 0,
  death: Death | null = null,
  clockJumpMs = 0,
): EngineProcess {
  const clock = pathToFileURL(join(import.meta.dirname, 'shift-clock.ts'));
  clock.searchParams.set('ms', String(clockAheadMs || clockJumpMs));
  if (clockJumpMs !== 0) clock.searchParams.set('on', 'signal');
  const env =
    death === null ? process.env : { ...process.env, FAULT_DIE_AT: `${death.point}:${death.passing}` };
  const child = spawn(
    process.execPath,
    [
      ...(clockAheadMs === 0 && clockJumpMs === 0 ? [] : ['--import', clock.href]),
      join(import.meta.dirname, 'run-engine.ts'),
      JSON.stringify(orders),
    ],
    // The folder lets the end of the test run find what a killed test file left behind.
    { stdio: 'pipe', cwd: inject('runFolder'), env },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error('no process could be started');
  const closed = once(child, 'close');
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = (said + String(chunk)).slice(-saidMax);
  };
  child.stderr.on('data', listen);
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      listen(chunk);
      if (String(chunk).includes('ready')) resolve();
    });
    closed.then(() => reject(new Error(`${orders.name} ended before it was ready: ${said}`)), reject);
  });
  // Whoever kills it early does not wait for it.
  ready.catch(() => undefined);

  return {
    name: orders.name,
    pid,
    ready: () => ready,
    said: () => said,
    running: () => isRunning(child),
    endedBy: () => child.signalCode,
    async kill() {
      if (isRunning(child)) child.kill('SIGKILL');
      await closed;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    jump: () => void child.kill('SIGUSR2'),
    async stop() {
      // One that has just been started does not listen to a polite word yet and would die of it.
      await ready.catch(() => undefined);
      if (isRunning(child)) child.kill('SIGTERM');
      await closed;
      if (child.exitCode !== 0) throw new Error(`${orders.name} did not end well: ${said}`);
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
