import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Memory } from './read-memory.ts';
import { createBenchFolder, prepareRiposte, startPostgres } from './start-servers.ts';
import { startSide } from './start-side.ts';

/*
 * Program: `npm run bench:memory`. What a process has in memory that itself puts runs into the wait, from none
 * to as many as asked for. It is warm before the first reading. The report goes to the standard output, what is
 * going on to the standard error.
 */

const { values } = parseArgs({
  options: {
    park: { type: 'string', default: '20000' },
    readings: { type: 'string', default: '10' },
    /** Runs that were asked about and answered, and as many that simply ended, before the first reading. */
    warm: { type: 'string', default: '3000' },
    /** Another way to start the process, e.g. `--node --max-semi-space-size=8`; empty: as measured everywhere here. */
    node: { type: 'string', default: '' },
    /** Arenas of glibc's malloc; as many as it likes otherwise. */
    arenas: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function whole(name: 'park' | 'readings' | 'warm', min: number): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < min)
    throw new TypeError(`--${name} is a whole number of at least ${min}`);
  return value;
}

const park = whole('park', 1);
const readings = whole('readings', 1);
const warm = whole('warm', 0);
const inFlight = 64;

const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const mebibytes = (bytes: number | null): string => (bytes === null ? '?' : (bytes / 2 ** 20).toFixed(1));

interface Reading extends Memory {
  waiting: number;
}

const folder = await createBenchFolder();
const postgres = await startPostgres(folder.path, 'memory');
const side = startSide('riposte-side.ts', {
  profileDir: null,
  nodeFlags: values.node === '' ? [] : values.node.split(' '),
  env: values.arenas === undefined ? {} : { MALLOC_ARENA_MAX: values.arenas },
});
try {
  say(`load ${loadavg()[0]?.toFixed(1)}`);
  await prepareRiposte(postgres.url);
  await side.ask('open', { databaseUrl: postgres.url, redisUrl: null });
  await side.ask('publishWork', { work: 'plain' });
  await side.ask('publishApproval');
  if (warm > 0) {
    await side.ask('saturate', { runs: warm, inFlight });
    await side.ask('park', { runs: warm, inFlight, all: warm });
    await side.ask('denyAll');
    say(`warm: ${warm} runs ended and ${warm} were denied`);
  }
  const found: Reading[] = [{ waiting: 0, ...(await side.ask<Memory>('memory')) }];
  for (let waiting = 0; waiting < park; ) {
    const next = Math.round((park * found.length) / readings);
    const { perSecond } = await side.ask<{ perSecond: number }>('park', {
      runs: next - waiting,
      inFlight,
      all: next,
    });
    waiting = next;
    const memory = await side.ask<Memory>('memory');
    found.push({ waiting, ...memory });
    say(
      `${waiting} wait, ${perSecond.toFixed(0)} a second: resident ${mebibytes(memory.rss)} MiB, live ${mebibytes(memory.heapUsed)}`,
    );
  }
  process.stdout.write(`${values.json ? JSON.stringify(found, null, 2) : tableOf(found).join('\n')}\n`);
} finally {
  await side.close();
  await postgres.stop();
  await folder.remove();
}

function tableOf(found: readonly Reading[]): string[] {
  const columns: [string, (reading: Reading) => string][] = [
    ['runs that wait', ({ waiting }) => String(waiting)],
    ['resident, MiB', ({ rss }) => mebibytes(rss)],
    ['without spare pages', ({ rssWithoutSpare }) => mebibytes(rssWithoutSpare)],
    ['written to', ({ anonymous }) => mebibytes(anonymous)],
    ['heap, live', ({ heapUsed }) => mebibytes(heapUsed)],
    ['heap, kept', ({ heapTotal }) => mebibytes(heapTotal)],
    ['young', ({ youngTotal }) => mebibytes(youngTotal)],
    ['old', ({ oldTotal }) => mebibytes(oldTotal)],
    ['buffers', ({ external }) => mebibytes(external)],
  ];
  const [first] = found;
  const last = found.at(-1);
  const grown = (of: (reading: Reading) => number): string =>
    mebibytes(first === undefined || last === undefined ? null : of(last) - of(first));
  return [
    `| ${columns.map(([name]) => name).join(' | ')} |`,
    `|${'---|'.repeat(columns.length)}`,
    ...found.map((reading) => `| ${columns.map(([, of]) => of(reading)).join(' | ')} |`),
    '',
    `From none to ${last?.waiting ?? 0} waiting runs: ${grown(({ rss }) => rss)} MiB, without spare pages ${grown((each) => each.rssWithoutSpare)} MiB.`,
  ];
}
