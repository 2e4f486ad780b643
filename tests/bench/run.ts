import { readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, type as osType, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureBackend } from './measure-backend.ts';
import { measureWaiting } from './measure-waiting.ts';
import { printReport } from './print-report.ts';
import { type Flags, readFlags } from './read-flags.ts';
import { renderFlame } from './render-flame.ts';
import type { Report } from './report.ts';
import {
  createBenchFolder,
  prepareRiposte,
  type Server,
  startPostgres,
  startRedis,
} from './start-servers.ts';

/*
 * Program: `npm run bench`. What Riposte costs beside BullMQ alone on this machine; see README.md.
 * The report goes to the standard output, what is going on to the standard error.
 */

const flags = readFlags(process.argv.slice(2));
const folder = await createBenchFolder();
/** Also those that are still starting: whoever interrupts must not leave them behind. */
const servers: Promise<Server | null>[] = [];
let ending: Promise<void> | undefined;

function end(): Promise<void> {
  ending ??= (async () => {
    const started = await Promise.allSettled(servers);
    await Promise.all(started.map((each) => (each.status === 'fulfilled' ? each.value?.stop() : undefined)));
    await folder.remove();
  })();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().finally(() => process.exit(130)));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function running<Started extends Server | null>(starting: Promise<Started>): Promise<Started> {
  servers.push(starting);
  return starting;
}

/** Beside every profile that this run has left in the folder. */
async function drawFlames(dir: string, before: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.cpuprofile') || before.has(name)) continue;
    const drawn = join(dir, name.replace(/cpuprofile$/, 'svg'));
    await writeFile(drawn, renderFlame(JSON.parse(await readFile(join(dir, name), 'utf8'))));
    say(`flame graph: ${drawn}`);
  }
}

async function measure({ settings, backends, profileDir, statements }: Flags): Promise<Report> {
  const [cpu] = cpus();
  const report: Report = {
    version: 2,
    machine: {
      cpu: cpu?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      os: `${osType()} ${release()}`,
      node: process.versions.node,
      postgres: '',
      redis: null,
      loadBefore: loadavg()[0] ?? 0,
    },
    settings,
    ratios: { postgres: null, redis: null },
    waiting: null,
    skipped: [],
  };
  for (const name of backends) {
    const [postgres, redis, raw] = await Promise.all([
      running(startPostgres(folder.path, `ours-${name}`)),
      name === 'redis' ? running(startRedis(folder.path, 'ours-redis-queues')) : null,
      running(
        name === 'redis' ? startRedis(folder.path, 'raw-redis') : startPostgres(folder.path, 'raw-postgres'),
      ),
    ]);
    report.machine.postgres = postgres.version;
    if (raw === null || (name === 'redis' && redis === null)) {
      report.skipped.push('queues in Redis: no redis-server here; install the package redis-server');
      continue;
    }
    report.machine.redis = redis?.version ?? report.machine.redis;
    await prepareRiposte(postgres.url);
    const { comparison, statements: texts } = await measureBackend(
      { name, ours: { postgres, redis }, raw },
      settings,
      { profileDir, say },
    );
    report.ratios[name] = comparison;
    if (statements) for (const [text, perRun] of texts) say(`${perRun.toFixed(3).padStart(8)}  ${text}`);
  }
  if (settings.waiting.length > 0) {
    const postgres = await running(startPostgres(folder.path, 'waiting'));
    report.machine.postgres = postgres.version;
    await prepareRiposte(postgres.url);
    report.waiting = await measureWaiting(postgres.url, settings, say);
  }
  return report;
}

try {
  const { flameDir } = flags;
  const before = new Set(flameDir === null ? [] : await readdir(flameDir).catch(() => []));
  const report = await measure(flags);
  if (flameDir !== null) await drawFlames(flameDir, before);
  process.stdout.write(`${flags.json ? JSON.stringify(report, null, 2) : printReport(report).join('\n')}\n`);
} finally {
  await end();
}
