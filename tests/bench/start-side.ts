import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answered, Asked } from './serve-parent.ts';

/** A measured process: ours or the yard-stick's, each alone with its memory, its collector and its processor time. */
export interface Side {
  pid: number;
  ask<Answer>(name: string, value?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export interface SideOptions {
  profileDir: string | null;
  /** Besides those of every measured process. */
  nodeFlags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export function startSide(program: string, options: SideOptions): Side {
  const child = fork(join(import.meta.dirname, program), {
    execArgv: [
      '--disable-warning=DeprecationWarning',
      '--disable-warning=ExperimentalWarning',
      '--expose-gc',
      ...(options.nodeFlags ?? []),
      ...(options.profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]),
    ],
    env: { ...process.env, ...options.env },
  });
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', (answered: Answered) => {
    const asked = open.get(answered.id);
    open.delete(answered.id);
    if ('error' in answered) asked?.reject(new Error(answered.error));
    else asked?.resolve(answered.value);
  });
  child.on('exit', (code, signal) => {
    for (const asked of open.values())
      asked.reject(new Error(`${program} ended with ${signal ?? String(code)}`));
    open.clear();
  });
  return {
    pid: child.pid ?? 0,
    ask<Answer>(name: string, value: unknown = null): Promise<Answer> {
      const asked = Promise.withResolvers<unknown>();
      const id = ++last;
      open.set(id, asked);
      child.send({ id, name, value } satisfies Asked);
      return asked.promise as Promise<Answer>;
    },
    close: () => close(child),
  };
}

/** Longer than the engine's own grace period. */
const closeMsMax = 15_000;

async function close(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), closeMsMax);
  if (child.connected) child.disconnect();
  await ended;
  clearTimeout(timer);
}
