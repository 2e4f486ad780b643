import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';

const root = join(import.meta.dirname, '../..');

const asNpmStarts = [
  '--disable-warning=DeprecationWarning',
  '--import',
  join(root, '.tools/compile-cache.mjs'),
];

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RiposteProcess {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Until it has written this. */
  said(text: string): Promise<void>;
}

/** One of our programs with an environment of its own: nothing of the test's gets into it but the path. */
export function riposteProcess(
  file: string,
  args: readonly string[],
  env: { [name: string]: string },
): RiposteProcess {
  const child = spawn(process.execPath, [...asNpmStarts, join(root, file), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', RIPOSTE_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
  return {
    child,
    ended,
    async said(text) {
      for (let looked = 0; looked < 600 && !(stdout + stderr).includes(text); looked += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      expect(stdout + stderr).toContain(text);
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
