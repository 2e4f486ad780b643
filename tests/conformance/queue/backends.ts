import { Redis } from 'ioredis';
import { useDatabase } from '../../support/database.ts';
import { type Line, layLine } from '../../support/lay-line.ts';
import { useRedis } from '../../support/redis.ts';
import { queueTables, truncateQueues } from '../../support/truncate-queues.ts';
import type { BackendName } from './open-courier.ts';

/** What the suite needs to know of a backend besides its courier. */
export interface Backend {
  name: BackendName;
  missing: string | null;
  /** Its own address, and one that leads over `line`. */
  url: string;
  line: Line;
  lineUrl: string;
  /** As an operator would by accident: FLUSHALL, or truncate of all queue tables. */
  empty(): Promise<void>;
  /** Everything that is stored, as text. */
  contents(): Promise<string>;
}

export async function usePostgresBackend(): Promise<Backend> {
  const database = await useDatabase();
  const { url } = database;
  const line = await layLine(Number(new URL(url).port));
  return {
    name: 'PostgreSQL',
    missing: null,
    url,
    line,
    lineUrl: withPort(url, line.port),
    empty: () => truncateQueues(database),
    async contents() {
      const rows = [];
      for (const table of await queueTables(database))
        rows.push(...(await database.owner.query(`select * from ${table}`)).rows);
      return JSON.stringify(rows);
    },
  };
}

export async function useRedisBackend(): Promise<Backend> {
  const server = await useRedis();
  const line = await layLine(server.port);
  const asked = <T>(ask: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(server.url);
    return ask(client).finally(() => client.disconnect());
  };
  return {
    name: 'Redis',
    missing: server.missing,
    url: server.url,
    line,
    lineUrl: server.missing === null ? withPort(server.url, line.port) : '',
    async empty() {
      // Its scripts too, as after a restart.
      await asked(async (client) => {
        await client.flushall();
        await client.script('FLUSH');
      });
    },
    contents: () => asked(readAll),
  };
}

async function readAll(client: Redis): Promise<string> {
  const values: unknown[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'string') values.push(key, await client.get(key));
    else if (type === 'hash') values.push(key, await client.hgetall(key));
    else if (type === 'list') values.push(key, await client.lrange(key, 0, -1));
    else if (type === 'set') values.push(key, await client.smembers(key));
    else if (type === 'zset') values.push(key, await client.zrange(key, '0', '-1'));
    else if (type === 'stream') values.push(key, await client.xrange(key, '-', '+'));
    else throw new Error(`a key of type ${type} was not expected`);
  }
  return JSON.stringify(values);
}

function withPort(url: string, port: number): string {
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String(port);
  return address.href;
}
