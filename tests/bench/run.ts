import { cpus, release, totalmem, type as osType } from 'node:os';
import { measureBackend } from './measure-backend.ts';
import { measureWaiting } from './measure-waiting.ts';
import { printReport } from './print-report.ts';
import { type Flags, readFlags } from './read-flags.ts';
import type { Report } from './report.ts';
import { createBenchFolder, prepareRiposte, type Server, startPostgres, startRedis } from './start-servers.ts';

/*
 * Program: `npm run bench`. What Riposte costs beside BullMQ alone on this machine; see README.md.
 * The report goes to the standard output, what is going on to the standard error.
 */

const flags = readFlags(process.argv.slice(2));
const folder = await createBenchFolder();
const servers: Server[] = [];
let ending: Promise<void> | undefined;

function end(): Promise<void> {
  ending ??= (async () => {
    await Promise.all(servers.map((server) => server.stop()));
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

async function running(server: Server): Promise<Server> {
  servers.push(server);
  return server;
}

async function measure({ settings, backends, profileDir, statements }: Flags): Promise<Report> {
  const [cpu] = cpus();
  const report: Report = {
    version: 1,
    machine: {
      cpu: cpu?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      os: `${osType()} ${release()}`,
      node: process.versions.node,
      postgres: '',
      redis: null,
    },
    settings,
    ratios: { postgres: null, redis: null },
    waiting: null,
    skipped: [],
  };
  for (const name of backends) {
    const postgres = await running(await startPostgres(folder.path, `ours-${name}`));
    report.machine.postgres = postgres.version;
    await prepareRiposte(postgres.url);
    let redis: Server | null = null;
    let raw: Server | null;
    if (name === 'postgres') raw = await running(await startPostgres(folder.path, 'raw-postgres'));
    else {
      redis = await startRedis(folder.path, 'ours-redis-queue');
      raw = redis === null ? null : await startRedis(folder.path, 'raw-redis');
      if (redis === null || raw === null) {
        report.skipped.push('queues in Redis: no redis-server is installed; install the package redis-server');
        continue;
      }
      await Promise.all([running(redis), running(raw)]);
      report.machine.redis = redis.version;
    }
    const { comparison, statements: texts } = await measureBackend(
      { name, ours: { postgres, redis }, raw },
      settings,
      { profileDir, say },
    );
    report.ratios[name] = comparison;
    if (statements) for (const [text, perRun] of texts) say(`${perRun.toFixed(3).padStart(8)}  ${text}`);
  }
  if (settings.waiting > 0) {
    const postgres = await running(await startPostgres(folder.path, 'waiting'));
    report.machine.postgres = postgres.version;
    await prepareRiposte(postgres.url);
    report.waiting = await measureWaiting(postgres.url, settings, say);
  }
  return report;
}

try {
  const report = await measure(flags);
  process.stdout.write(`${flags.json ? JSON.stringify(report, null, 2) : printReport(report).join('\n')}\n`);
} finally {
  await end();
}
