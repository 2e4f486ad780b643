import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { releaseAfter } from '../support/release-after.ts';
import { freePort } from '../support/riposte-process.ts';
import type { Service } from './compose.ts';
import type { Image } from './image.ts';

/* Containers of a compose file as processes of this machine. */

export interface Container {
  service: string;
  pid: number;
  /** Where the volume or the image's own folder would be. */
  data: string;
  port: number;
  /** Where whoever watches asks. */
  watched: number;
  said(): string;
  /** Until it has written this; it fails when it ends before. */
  until(text: string): Promise<void>;
  /** As Docker stops it: SIGTERM, and SIGKILL when its grace is over. Its exit code, null when it was killed. */
  stop(): Promise<number | null>;
}

/** What stands for the file's host names here. */
export type Names = { [inTheFile: string]: string };

/** @param folder where the image was laid; `data` and ports are the container's own */
export async function startContainer(
  service: Service,
  image: Image,
  folder: string,
  place: string,
  names: Names,
): Promise<Container> {
  const data = join(place, 'data');
  await mkdir(data, { recursive: true });
  const [port, watched] = [await freePort(), await freePort()];
  const here = (text: string): string => {
    const named = Object.entries(names).reduce((all, [name, value]) => all.replaceAll(name, value), text);
    return named.replaceAll(image.writable[0] ?? '', data).replaceAll(image.folder, folder);
  };
  const [program = '', ...args] = [
    ...(service.entrypoint ?? image.entrypoint),
    ...(service.command ?? (service.entrypoint === undefined ? image.cmd : [])),
  ].map((word) => (word === '7910' ? String(port) : here(word)));
  const env = { ...image.env, ...service.environment };
  const child = spawn(program, args, {
    cwd: folder,
    env: {
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)])),
      // Two of a service would have a machine each.
      ...('RIPOSTE_PORT' in env && { RIPOSTE_PORT: String(port) }),
      ...('RIPOSTE_METRICS' in env && { RIPOSTE_METRICS: `127.0.0.1:${watched}` }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watch(child, { service: service.name, data, port, watched, graceMs: service.graceMs });
}

function watch(
  child: ChildProcess,
  of: { service: string; data: string; port: number; watched: number; graceMs: number },
): Container {
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said += String(chunk);
    });
  const ended = once(child, 'close');
  releaseAfter(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    ...of,
    pid: child.pid ?? 0,
    said: () => said,
    async until(text) {
      const over = () => child.exitCode !== null || child.signalCode !== null;
      await expect.poll(() => said.includes(text) || over(), { timeout: 240_000, interval: 100 }).toBe(true);
      expect(said).toContain(text);
    },
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), of.graceMs);
      await ended;
      clearTimeout(killer);
      return child.exitCode;
    },
  };
}
