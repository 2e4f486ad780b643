import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface PostgresHolder {
  url: string;
  pid: number;
  /** What it printed so far. */
  said(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** As a terminal does on Ctrl-C. */
  interruptGroup(): Promise<void>;
}

/** A process of its own that runs the embedded PostgreSQL until it is told to stop, or killed. Rejects with what it said. */
export async function startHolder(dataDir: string): Promise<PostgresHolder> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hold-postgres.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('no process could be started');
  const closed = once(child, 'close');
  let said = '';
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
      const url = /^listening (\S+)$/m.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    closed.then(() => reject(new Error(said)), reject);
  });
  const signal = async (target: number, name: NodeJS.Signals): Promise<void> => {
    process.kill(target, name);
    await closed;
  };
  return {
    url: await listening,
    pid,
    said: () => said,
    kill: (name) => signal(pid, name),
    interruptGroup: () => signal(-pid, 'SIGINT'),
  };
}
