import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { fillInstallation } from './fill-installation.ts';
import type { ListMs } from './read-lists.ts';
import { createBenchFolder, prepareRiposte, type Server, startPostgres } from './start-servers.ts';
import { type Side, startSide } from './start-side.ts';

/*
 * Program: `npm run bench:size`. What an installation that has lived costs beside an empty one: start, first
 * effect, lists, timers, memory of a process that finds it so (`memory.ts` measures one that makes it so). The report goes to the standard output, what is going on to the standard error.
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    deadlines: { type: 'string', default: '1000000' },
    holds: { type: 'string', default: '50000' },
    entries: { type: 'string', default: '10000000' },
  },
});
const whole = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${text} is not a number of rows`);
  return number;
};
const size = {
  runs: whole(values.runs),
  deadlines: whole(values.deadlines),
  holds: whole(values.holds),
  entries: whole(values.entries),
};

const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const mebibytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);

interface Figures {
  openMs: number;
  /** Of the next process: what the first one read from the disk is in memory. */
  openAgainMs: number;
  firstEffectMs: number;
  rssStarted: number;
  rssAfterRuns: number;
  perSecond: number;
  lists: ListMs;
}

async function measure(databaseUrl: string): Promise<Figures> {
  const figures = await withSide(databaseUrl, async (side, openMs) => {
    const first = await side.ask<{ latencies: { startMs: { p50: number } } }>('saturate', {
      runs: 1,
      inFlight: 1,
    });
    const rssStarted = await settled(side);
    const { throughputPerSecond } = await side.ask<{ throughputPerSecond: number }>('saturate', {
      runs: 500,
      inFlight: 64,
    });
    const rssAfterRuns = await settled(side);
    const lists = await side.ask<ListMs>('readLists');
    const firstEffectMs = openMs + first.latencies.startMs.p50;
    return { openMs, firstEffectMs, rssStarted, rssAfterRuns, perSecond: throughputPerSecond, lists };
  });
  return { ...figures, openAgainMs: await withSide(databaseUrl, async (_side, openMs) => openMs) };
}

async function settled(side: Side): Promise<number> {
  return (await side.ask<NodeJS.MemoryUsage>('settledMemory')).rss;
}

async function withSide<Result>(
  databaseUrl: string,
  work: (side: Side, openMs: number) => Promise<Result>,
): Promise<Result> {
  const side = startSide('riposte-side.ts', { profileDir: null });
  try {
    const { openMs } = await side.ask<{ openMs: number }>('open', { databaseUrl, redisUrl: null });
    return await work(side, openMs);
  } finally {
    await side.close();
  }
}

const folder = await createBenchFolder();
const servers: Server[] = [];
try {
  say(`load ${loadavg()[0]?.toFixed(1)}; two servers below ${folder.path}`);
  const empty = await startPostgres(folder.path, 'empty');
  servers.push(empty);
  const full = await startPostgres(folder.path, 'full');
  servers.push(full);
  for (const { url } of servers) await prepareRiposte(url);

  say('an empty installation');
  await withSide(empty.url, async (side) => {
    await side.ask('publishWork', { work: 'plain' });
    await side.ask('publishApproval');
  });
  const without = await measure(empty.url);

  say(`filling ${JSON.stringify(size)}`);
  await withSide(full.url, async (side) => {
    await side.ask('publishWork', { work: 'plain' });
    await side.ask('publishApproval');
    await side.ask('park', { runs: 10, inFlight: 10, all: 10 });
  });
  const owner = openDatabase(full.url, { role: 'owner', max: 1 });
  const beganAt = performance.now();
  await fillInstallation(owner, size, say);
  const { rows } = await owner.query<{ bytes: number }>(
    'select pg_database_size(current_database()) as bytes',
  );
  await owner.close();
  say(
    `filled in ${((performance.now() - beganAt) / 1_000).toFixed(0)} s, ${mebibytes(rows[0]?.bytes ?? 0)} MiB`,
  );
  const filled = await measure(full.url);

  const line = (name: string, one: number, other: number, digits = 1) =>
    process.stdout.write(`| ${name} | ${one.toFixed(digits)} | ${other.toFixed(digits)} |\n`);
  process.stdout.write(`${JSON.stringify(size)}, database ${mebibytes(rows[0]?.bytes ?? 0)} MiB\n\n`);
  process.stdout.write('| | empty | full |\n|---|---|---|\n');
  line('engine started, ms', without.openMs, filled.openMs);
  line('started once more, ms', without.openAgainMs, filled.openAgainMs);
  line('first effect of a new alert, from the start, ms', without.firstEffectMs, filled.firstEffectMs);
  line('three-step runs per second', without.perSecond, filled.perSecond, 0);
  line('resident memory, just started, MiB', without.rssStarted / 2 ** 20, filled.rssStarted / 2 ** 20);
  line('resident memory after 500 runs, MiB', without.rssAfterRuns / 2 ** 20, filled.rssAfterRuns / 2 ** 20);
  const names = new Set([...Object.keys(without.lists), ...Object.keys(filled.lists)]);
  for (const name of names)
    line(`${name}, ms`, without.lists[name] ?? Number.NaN, filled.lists[name] ?? Number.NaN, 2);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  await folder.remove();
}
