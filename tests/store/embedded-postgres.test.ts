import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { findPostmaster, processesOn } from '../../engine/runtime/store/embedded/postmaster-file.ts';
import { watchStandstill } from '../../engine/runtime/store/embedded/standstill.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../engine/runtime/store/embedded-postgres.ts';
import { isConnectionLoss } from '../../engine/runtime/store/sql-state.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { startHolder } from '../support/postgres-holder.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const running = new Set<EmbeddedPostgres>();
afterAll(async () => {
  for (const each of running) await each.stop();
});

async function start(dataDir: string, port?: number): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres(port === undefined ? { dataDir } : { dataDir, port });
  running.add(started);
  return started;
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const database = openDatabase(url, { role: 'owner', max: 1 });
  try {
    return (await database.query(text)).rows;
  } finally {
    await database.close();
  }
}

async function postmaster(dataDir: string): Promise<number> {
  const found = await findPostmaster(join(dataDir, 'postgres'));
  if (found === null) throw new Error('no server runs');
  return found.pid;
}

async function refusal(work: Promise<unknown>): Promise<StartError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof StartError) return error;
  throw new Error('it was not refused', { cause: error });
}

/** Until the server answers again after it was killed. */
async function askUntilAnswered(url: string, text: string): Promise<unknown[]> {
  for (;;) {
    try {
      return await ask(url, text);
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps data, address and password over a restart', async () => {
    const dataDir = await temporaryFolder();
    const first = await start(dataDir);
    await ask(first.url, `create table public.kept as select 'yes' as answer`);
    await first.stop();
    expect(await findPostmaster(join(dataDir, 'postgres'))).toBeNull();
    const second = await start(dataDir);
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'select answer from public.kept')).toEqual([{ answer: 'yes' }]);
    await second.stop();
  });

  it('is durable, asks for a password and listens to this machine only', async () => {
    const dataDir = await temporaryFolder();
    const { url, stop } = await start(dataDir);
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses'];
    const settings = names.map((name) => `current_setting('${name}') as ${name}`).join(', ');
    expect(await ask(url, `select ${settings}`)).toEqual([
      {
        fsync: 'on',
        full_page_writes: 'on',
        synchronous_commit: 'on',
        data_checksums: 'on',
        listen_addresses: '127.0.0.1',
      },
    ]);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const { mode } = await stat(join(dataDir, 'postgres-login.json'));
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
    await stop();
  });

  it('makes nobody wait for new files of its write-ahead log', async () => {
    const { url, stop } = await start(await temporaryFolder());
    const wanted = `select current_setting('wal_init_zero') as zeros, current_setting('min_wal_size') as kept,
      current_setting('max_wal_size') as most`;
    expect(await ask(url, wanted)).toEqual([{ zeros: 'off', kept: '512MB', most: '2GB' }]);
    await stop();
  });

  it('keeps its data in a folder that nobody else may enter, also for root', async () => {
    const closed = join(await temporaryFolder(), 'closed');
    await mkdir(closed, { mode: 0o700 });
    const { url, stop } = await start(join(closed, 'data'));
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const { uid } = await stat(join(closed, 'data', 'postgres'));
    expect(uid).not.toBe(0);
    await stop();
  });

  it('gives out a login that is no superuser', async () => {
    const { url, stop } = await start(await temporaryFolder());
    expect(
      await ask(url, 'select rolsuper, rolcreaterole from pg_roles where rolname = current_user'),
    ).toEqual([{ rolsuper: false, rolcreaterole: true }]);
    await stop();
  });

  it('takes another port when a stranger has the stored one', async () => {
    const dataDir = await temporaryFolder();
    const first = await start(dataDir);
    await first.stop();
    const port = Number(new URL(first.url).port);
    const stranger = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => stranger.once('listening', resolve));
    expect((await refusal(start(dataDir, port))).code).toBe('start/port-in-use');
    const second = await start(dataDir);
    expect(Number(new URL(second.url).port)).not.toBe(port);
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('refuses data of a newer PostgreSQL and leaves it alone', async () => {
    const dataDir = await temporaryFolder();
    await (await start(dataDir)).stop();
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '19\n');
    const error = await refusal(start(dataDir));
    expect(error.code).toBe('start/data-newer');
    expect(error.message).toContain('PostgreSQL 19');
  });

  it('refuses a folder that holds something else', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'letter.txt'), 'dear diary');
    expect((await refusal(start(dataDir))).code).toBe('start/data-damaged');
    expect(await readFile(join(dataDir, 'postgres', 'letter.txt'), 'utf8')).toBe('dear diary');
  });

  it('says so when the password is lost', async () => {
    const dataDir = await temporaryFolder();
    await (await start(dataDir)).stop();
    await writeFile(join(dataDir, 'postgres-login.json'), '{"port":null,"password":"');
    expect((await refusal(start(dataDir))).code).toBe('start/data-damaged');
  });

  it('clears away a first start that was killed half way', async () => {
    const dataDir = await temporaryFolder();
    // 4194304 is the largest number Linux can be set to give, so no process has the one after it.
    await mkdir(join(dataDir, 'postgres.new-4194305', 'data'), { recursive: true });
    const { url, stop } = await start(dataDir);
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect(stat(join(dataDir, 'postgres.new-4194305'))).rejects.toMatchObject({ code: 'ENOENT' });
    await stop();
  });

  it('starts when a stranger has the process number of a server that was killed', async () => {
    const dataDir = await temporaryFolder();
    await (await start(dataDir)).stop();
    const stale = [process.pid, join(dataDir, 'postgres'), 1, 1, '', '127.0.0.1', '', 'ready'].join('\n');
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${stale}\n`);
    const { url, stop } = await start(dataDir);
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop();
  });
});

describe('after kill -9', () => {
  it('of the server, it comes back on the same address with everything committed', async () => {
    const dataDir = await temporaryFolder();
    const { url, stop } = await start(dataDir);
    await ask(url, `create table public.kept as select 'yes' as answer`);
    const killed = await postmaster(dataDir);
    process.kill(killed, 'SIGKILL');
    expect(await askUntilAnswered(url, 'select answer from public.kept')).toEqual([{ answer: 'yes' }]);
    expect(await postmaster(dataDir)).not.toBe(killed);
    await stop();
  });

  it('of the process that started it, the next start takes the same server over', async () => {
    const dataDir = await temporaryFolder();
    const holder = await startHolder(dataDir);
    await ask(holder.url, `create table public.kept as select 'yes' as answer`);
    const before = await postmaster(dataDir);
    await holder.kill('SIGKILL');
    const { url, stop } = await start(dataDir);
    expect(url).toBe(holder.url);
    expect(await postmaster(dataDir)).toBe(before);
    expect(await ask(url, 'select answer from public.kept')).toEqual([{ answer: 'yes' }]);
    await stop();
    expect(await findPostmaster(join(dataDir, 'postgres'))).toBeNull();
  });

  it('of both at once, the next start finds everything committed', async () => {
    const dataDir = await temporaryFolder();
    const holder = await startHolder(dataDir);
    await ask(holder.url, `create table public.kept as select 'yes' as answer`);
    const server = await postmaster(dataDir);
    await holder.kill('SIGKILL');
    process.kill(server, 'SIGKILL');
    const { url, stop } = await start(dataDir);
    expect(await ask(url, 'select answer from public.kept')).toEqual([{ answer: 'yes' }]);
    await stop();
  });

  it('a server that was taken over and then killed comes back too', async () => {
    const dataDir = await temporaryFolder();
    const holder = await startHolder(dataDir);
    await holder.kill('SIGKILL');
    const { url, stop } = await start(dataDir);
    process.kill(await postmaster(dataDir), 'SIGKILL');
    expect(await askUntilAnswered(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop();
  });
});

// Who stands still can be seen on Linux only.
describe.runIf(process.platform === 'linux')('a server that stands still', () => {
  /** As one that lost the process it waits for: the server is there, nothing of it works, nobody tells it to end. */
  async function stun(dataDir: string): Promise<number> {
    const pid = await postmaster(dataDir);
    process.kill(pid, 'SIGSTOP');
    for (const each of await processesOn(join(dataDir, 'postgres')))
      if (each !== pid) process.kill(each, 'SIGKILL');
    return pid;
  }

  async function processTitled(data: string, title: string): Promise<number> {
    for (;;) {
      for (const pid of await processesOn(data)) {
        const said = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (said.startsWith(`postgres: ${title}`)) return pid;
      }
      await sleep(2);
    }
  }

  it('is ended and started again, and that is said', async () => {
    const dataDir = await temporaryFolder();
    const told: StartError[] = [];
    const server = await startEmbeddedPostgres({ dataDir, onTrouble: (error) => void told.push(error) });
    running.add(server);
    await ask(server.url, `create table public.kept as select 'yes' as answer`);
    const stunned = await stun(dataDir);
    expect(await askUntilAnswered(server.url, 'select answer from public.kept')).toEqual([{ answer: 'yes' }]);
    expect(await postmaster(dataDir)).not.toBe(stunned);
    expect(told.map(({ code, message }) => ({ code, message }))).toEqual([
      { code: 'start/no-database', message: expect.stringContaining('does not answer and does nothing to') },
    ]);
    await server.stop();
  }, 90_000);

  it('is not one that replays its journal, however long that takes', async () => {
    const dataDir = await temporaryFolder();
    const data = join(dataDir, 'postgres');
    const { url, stop } = await start(dataDir);
    await ask(url, `create table public.kept as select repeat('x', 100) from generate_series(1, 500000)`);
    const server = await findPostmaster(data);
    if (server === null) throw new Error('no server runs');
    // Whatever process dies, the server replays what it has written since its last checkpoint.
    process.kill(await processTitled(data, 'walwriter'), 'SIGKILL');
    const replays = await processTitled(data, 'startup');
    process.kill(replays, 'SIGSTOP');
    let now = 0;
    const watch = watchStandstill(data, () => now);
    for (let looks = 0; looks < 10; looks++, now += 60_000)
      expect(await watch.standsStill(server)).toBe(false);
    process.kill(replays, 'SIGCONT');
    expect(await askUntilAnswered(url, 'select count(*)::int as n from public.kept')).toEqual([
      { n: 500_000 },
    ]);
    expect(await findPostmaster(data)).toEqual(server);
    await stop();
  });

  it('is not one that ends and writes a checkpoint, nor one looked at only once', async () => {
    const nothingRuns = await temporaryFolder();
    let now = 0;
    const watch = watchStandstill(nothingRuns, () => now);
    const looks = async (stopping: boolean): Promise<boolean[]> => {
      const seen: boolean[] = [];
      for (let n = 0; n < 4; n++, now += 10_000)
        seen.push(await watch.standsStill({ pid: 1, port: 1, stopping }));
      return seen;
    };
    expect(await looks(true)).toEqual([false, false, false, false]);
    expect(await looks(false)).toEqual([false, false, true, true]);
  });
});

describe('a second process on the same data', () => {
  it('is refused with the process number of the first, which goes on undisturbed', async () => {
    const dataDir = await temporaryFolder();
    const holder = await startHolder(dataDir);
    const error = await refusal(start(dataDir));
    expect(error.code).toBe('start/data-in-use');
    expect(error.message).toContain(`pid ${holder.pid}`);
    expect(await ask(holder.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await holder.kill('SIGTERM');
    expect(await findPostmaster(join(dataDir, 'postgres'))).toBeNull();
  });

  it('of two first starts at the same time, one gets it', async () => {
    const dataDir = await temporaryFolder();
    const both = await Promise.allSettled([startHolder(dataDir), startHolder(dataDir)]);
    const won = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const lost = both.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(won).toHaveLength(1);
    expect(lost.join()).toContain('start/data-in-use');
    for (const each of won) {
      expect(await ask(each.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await each.kill('SIGTERM');
    }
  });

  it('finds the data free after a Ctrl-C that reached the whole terminal group', async () => {
    const dataDir = await temporaryFolder();
    const holder = await startHolder(dataDir);
    const server = await postmaster(dataDir);
    await holder.interruptGroup();
    expect(holder.said()).toContain(`server ${server} ran until we were done`);
    const { stop } = await start(dataDir);
    await stop();
  });
});
