import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, vi } from 'vitest';
import { freePort } from '../../../engine/runtime/store/embedded/pick-port.ts';
import { askServices } from '../../support/ask-services.ts';
import type { Program } from '../../support/find-program.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { patience } from './take-note.ts';

export interface StartedRedis {
  port: number;
  ask<T>(question: (client: Redis) => Promise<T>): Promise<T>;
  /** Until `cluster info` says so. */
  becomes(wanted: (clusterInfo: string) => boolean): Promise<void>;
}

/** A redis-server in an unusual shape, for one test. */
export async function startRedis(flags: string[], lines: string[]): Promise<StartedRedis> {
  const program = await askServices<Program>('/program?name=redis-server&package=redis-server');
  if (program.kind === 'missing') throw new Error(program.reason);
  const folder = await temporaryFolder();
  const port = (await freePort(0)) ?? 0;
  const file = join(folder, 'redis.conf');
  await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...lines, ''].join('\n'));
  const child = spawn(program.path, [file, ...flags], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const ask = <T>(question: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis({ host: '127.0.0.1', port, retryStrategy: null, lazyConnect: true });
    client.on('error', () => undefined);
    return client
      .connect()
      .then(() => question(client))
      .finally(() => client.disconnect());
  };
  await vi.waitFor(() => ask((client) => client.ping()), patience);
  return {
    port,
    ask,
    becomes: (wanted) =>
      vi.waitFor(
        async () => expect(await ask((client) => client.cluster('INFO'))).toSatisfy(wanted),
        patience,
      ),
  };
}
