import { spawn } from 'node:child_process';
import { open, rename, stat } from 'node:fs/promises';
import type { Binaries } from './find-binaries.ts';
import type { RunAs } from './run-as.ts';

export interface Launched {
  /** Null while it runs, then how it ended. */
  ended(): string | null;
  /** The last lines it wrote since it was launched. */
  lastWords(): Promise<string>;
}

/**
 * Starts the server process. It gets a session of its own, so that Ctrl-C in the terminal reaches us
 * and not it, and writes to a file, so that it does not depend on us being there.
 */
export async function launchPostmaster(
  binaries: Binaries,
  runAs: RunAs,
  data: string,
  port: number,
  logPath: string,
): Promise<Launched> {
  await rotate(logPath);
  const log = await open(logPath, 'a', 0o600);
  const { size: start } = await log.stat();
  const { command, args, user } = runAs.wrap(binaries.postgres, ['-D', data, ...settings(port)]);
  let end: string | null = null;
  try {
    // cwd and env: nothing of ours, above all no secrets.
    const child = spawn(command, args, {
      ...user,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', TZ: 'UTC' },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.once('exit', (code, signal) => {
      end = signal ?? `code ${code}`;
    });
    child.once('error', (error) => {
      end = error.message;
    });
    child.unref();
  } finally {
    await log.close();
  }
  return { ended: () => end, lastWords: () => readFrom(logPath, start) };
}

/** On the command line, where they win over anything that was changed inside the server. */
function settings(port: number): string[] {
  const wanted = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
    max_connections: '200',
    jit: 'off',
    // Whoever needs a new file of the write-ahead log would fill it with zeros first: 25 ms in which nobody commits.
    wal_init_zero: 'off',
    // Files to use again for the next storm, and no checkpoint in the middle of it.
    min_wal_size: '512MB',
    max_wal_size: '2GB',
    // A young database has no statistics and plans as if it were empty; look often.
    autovacuum_naptime: '5s',
    logging_collector: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(wanted).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function rotate(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  // 16 MiB: two such files hold months of what an idle server says.
  if (found !== null && found.size > 16 * 1024 * 1024) await rename(path, `${path}.old`);
}

async function readFrom(path: string, start: number): Promise<string> {
  const log = await open(path, 'r');
  try {
    const { size } = await log.stat();
    const from = Math.max(start, size - 2_000);
    const { buffer, bytesRead } = await log.read({ buffer: Buffer.alloc(size - from), position: from });
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await log.close();
  }
}
