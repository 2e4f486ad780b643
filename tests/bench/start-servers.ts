import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../engine/runtime/store/embedded/pick-port.ts';
import { startEmbeddedPostgres } from '../../engine/runtime/store/embedded-postgres.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';

/*
 * Every side has servers of its own, from the same binaries with the same settings: neither meets the
 * other's tables, and the servers' processor time can be told apart. While one side is measured the
 * servers of the other have nothing to do.
 */

export interface Server {
  url: string;
  /** Of the server's first process; its children belong to it. */
  pid: number;
  version: string;
  stop(): Promise<void>;
}

export async function createBenchFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'riposte-bench-'));
  // Passable, because as root the database runs as another user.
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The default of `npm start`: fsync and synchronous_commit are on. */
export async function startPostgres(folder: string, name: string): Promise<Server> {
  const dataDir = join(folder, name);
  const server = await startEmbeddedPostgres({ dataDir });
  const [pid = '0'] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  const version = (await readFile(join(dataDir, 'postgres', 'PG_VERSION'), 'utf8')).trim();
  return { url: server.url, pid: Number(pid), version, stop: () => server.stop() };
}

export async function prepareRiposte(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl, join(import.meta.dirname, '../../engine/runtime/store/migrations'));
}

/** Null when there is no redis-server on this machine. */
export async function startRedis(folder: string, name: string): Promise<Server | null> {
  const cwd = join(folder, name);
  await mkdir(cwd);
  // Another process may take the port between the look and the start; then the next is tried.
  for (let tries = 0; tries < 5; tries++) {
    const port = (await freePort(0)) ?? 0;
    const child = spawn('redis-server', redisFlags(port), { cwd, stdio: 'ignore' });
    const failed = once(child, 'error').then(([error]) => error as NodeJS.ErrnoException);
    if (child.pid === undefined) {
      const error = await failed;
      if (error.code === 'ENOENT') return null;
      throw error;
    }
    failed.catch(() => undefined);
    const url = `redis://127.0.0.1:${port}`;
    const version = await versionOf(url, child);
    if (version === null) continue;
    return { url, pid: child.pid, version, stop: () => end(child) };
  }
  throw new Error('redis-server did not start on any of five ports');
}

function redisFlags(port: number): string[] {
  const wanted = {
    port: String(port),
    bind: '127.0.0.1',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(wanted).flatMap(([flag, value]) => [`--${flag}`, value]);
}

/** Null when the process ended before it answered. */
async function versionOf(url: string, child: ChildProcess): Promise<string | null> {
  while (child.exitCode === null) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown';
    } catch {
      // Not listening yet, or not ours: the loop ends when the process has.
      await sleep(50);
    } finally {
      client.disconnect();
    }
  }
  return null;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
