import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../engine/runtime/store/embedded/pick-port.ts';
import { askServices } from './ask-services.ts';
import type { Program } from './find-program.ts';
import { releaseAfter } from './release-after.ts';
import { temporaryFolder } from './temp-folder.ts';

export interface TestRedis {
  /** Null, or why there is none: `describe.skipIf(redis.missing !== null)`. */
  missing: string | null;
  url: string;
  port: number;
  pid: number;
  /** Dead at once, then there again on the same port, with what it had written down. */
  restart(): Promise<void>;
  /** Runs by itself after the file's tests. */
  stop(): Promise<void>;
}

/**
 * A real redis-server for one test file, durable as in production: it may be emptied or killed by that file.
 * @param given how it is told to be so
 */
export async function useRedis(given: readonly string[] = durable): Promise<TestRedis> {
  const program = await askServices<Program>('/program?name=redis-server&package=redis-server');
  const nothing = () => Promise.resolve();
  if (program.kind === 'missing') {
    return { missing: program.reason, url: '', port: 0, pid: 0, stop: nothing, restart: nothing };
  }
  const folder = await temporaryFolder();
  // Another process may take the port between the look and the start; then it ends and the next is tried.
  for (let tries = 0; tries < 5; tries++) {
    const port = (await freePort(0)) ?? 0;
    const start = () =>
      spawn(program.path, [...given, '--port', String(port), '--bind', '127.0.0.1'], {
        cwd: folder,
        stdio: 'ignore',
      });
    let child = start();
    let ended = once(child, 'exit');
    if (!(await answers(port, () => child.exitCode !== null))) continue;
    const stop = async (): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    };
    const restart = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
      child = start();
      ended = once(child, 'exit');
      if (!(await answers(port, () => child.exitCode !== null))) throw new Error('redis did not come back');
    };
    releaseAfter(stop);
    return { missing: null, url: `redis://127.0.0.1:${port}`, port, pid: child.pid ?? 0, stop, restart };
  }
  throw new Error('redis-server did not start on any of five ports');
}

const durable = [
  ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
  ...['--maxmemory-policy', 'noeviction'],
];

async function answers(port: number, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    if ((await ping(port)).startsWith('+PONG')) return true;
    await sleep(25);
  }
  return false;
}

function ping(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}
