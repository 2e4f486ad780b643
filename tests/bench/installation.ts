import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { fillPlaybooks, lookers, lookingPlaybook, noise, noiseCategories } from './fill-playbooks.ts';
import { median } from './percentiles.ts';
import { cpuMsOfTree } from './read-cpu.ts';
import { createBenchFolder, prepareRiposte, type Server, startPostgres } from './start-servers.ts';
import { type Side, startSide } from './start-side.ts';

/*
 * Program: `npm run bench:installation`. What an alert costs in a small installation beside a large one, where the
 * same few playbooks look at it. The report goes to the standard output, what is going on to the standard error.
 */

/** What `--json` prints. Ratios are of a size ÷ the first: 1 is as it should be. */
export interface InstallationReport {
  version: 1;
  machine: { cpu: string; cores: number; node: string; loadBefore: number };
  /** `alerts` of a round that start runs; of those that start nothing four times as many. */
  settings: { rounds: number; alerts: number; inFlight: number };
  sizes: {
    /** Switched on; as many again are switched off. */
    playbooks: number;
    /** Entries of the routing file, one of each playbook. */
    rules: number;
    rssBytes: number;
    kinds: { [Name in Kind]: Cost & { ratio: Ratio } };
  }[];
}

/**
 * `few`: the same four playbooks look at every alert and start nothing. `many`: each alert is another playbook's.
 * `runs`: beside the four a fifth starts a run of three steps, and the alert has ended when the run has.
 */
export const kinds = ['few', 'many', 'runs'] as const;
type Kind = (typeof kinds)[number];

interface Cost {
  alertsPerSecond: number;
  /** Milliseconds of one core per alert; null where the system does not tell. */
  nodeMs: number;
  postgresMs: number | null;
}

/** Medians of the rounds' own ratios, and their range. */
interface Ratio {
  nodeMs: number;
  postgresMs: number | null;
  nodeRange: [number, number];
  postgresRange: [number, number] | null;
}

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '50,5000' },
    rounds: { type: 'string', default: '6' },
    alerts: { type: 'string', default: '1000' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function whole(flag: string, text: string, min = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new TypeError(`--${flag} is a whole number of at least ${min}`);
  return value;
}

const sizes = values.sizes.split(',').map((each) => whole('sizes', each, 20));
const rounds = whole('rounds', values.rounds);
const alerts = whole('alerts', values.alerts);
const inFlight = 64;
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

interface Installation {
  playbooks: number;
  rules: number;
  server: Server;
  side: Side;
  rounds: { [Name in Kind]: Cost[] };
}

async function install(
  folder: string,
  playbooks: number,
  started: (server: Server) => void,
): Promise<Installation> {
  const server = await startPostgres(folder, `of-${playbooks}`);
  started(server);
  await prepareRiposte(server.url);
  const side = startSide('riposte-side.ts', { profileDir: values.profile ?? null });
  await side.ask('open', { databaseUrl: server.url, redisUrl: null });
  await side.ask('publishWork', { work: 'plain' });
  for (const id of lookers) await side.ask('publish', { source: lookingPlaybook(id, 'bench-looks') });
  for (const id of lookers)
    await side.ask('publish', { source: lookingPlaybook(`${id}-at-steps`, 'bench-steps') });
  await side.ask('publish', { source: lookingPlaybook(noise, noise) });
  const owner = openDatabase(server.url, { role: 'owner', max: 1 });
  const routing = await fillPlaybooks(owner, playbooks);
  await owner.close();
  await side.ask('publishRouting', { source: routing });
  const rules = routing.split('\n').length - 3;
  say(`${playbooks} playbooks, ${rules} rules`);
  return { playbooks, rules, server, side, rounds: { few: [], many: [], runs: [] } };
}

async function measure({ playbooks, server, side }: Installation, kind: Kind): Promise<Cost> {
  // The system counts processor time in hundredths of a second: what costs little is done more often.
  const count = kind === 'runs' ? alerts : 4 * alerts;
  const postgres = await cpuMsOfTree(server.pid);
  const before = await side.ask<{ cpu: NodeJS.CpuUsage }>('cost');
  const { perSecond } =
    kind === 'runs'
      ? {
          perSecond: (await side.ask<{ throughputPerSecond: number }>('saturate', { runs: alerts, inFlight }))
            .throughputPerSecond,
        }
      : await side.ask<{ perSecond: number }>('match', {
          alerts: count,
          inFlight,
          categories: kind === 'few' ? ['bench-looks'] : noiseCategories(playbooks),
        });
  await side.ask('sealed');
  const after = await side.ask<{ cpu: NodeJS.CpuUsage }>('cost');
  const postgresAfter = await cpuMsOfTree(server.pid);
  const nodeMs = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1_000 / count;
  return {
    alertsPerSecond: perSecond,
    nodeMs,
    postgresMs: postgres === null || postgresAfter === null ? null : (postgresAfter - postgres) / count,
  };
}

function ratioOf(own: readonly Cost[], first: readonly Cost[]): Ratio {
  const ratios = (of: 'nodeMs' | 'postgresMs'): number[] =>
    own.map((each, round) => (each[of] ?? Number.NaN) / (first[round]?.[of] ?? Number.NaN));
  const range = (all: number[]): [number, number] => [Math.min(...all), Math.max(...all)];
  const tells = own.every(({ postgresMs }) => postgresMs !== null);
  return {
    nodeMs: median(ratios('nodeMs')),
    postgresMs: tells ? median(ratios('postgresMs')) : null,
    nodeRange: range(ratios('nodeMs')),
    postgresRange: tells ? range(ratios('postgresMs')) : null,
  };
}

function middle(costs: readonly Cost[]): Cost {
  const postgres = costs.flatMap(({ postgresMs }) => (postgresMs === null ? [] : [postgresMs]));
  return {
    alertsPerSecond: median(costs.map((each) => each.alertsPerSecond)),
    nodeMs: median(costs.map((each) => each.nodeMs)),
    postgresMs: postgres.length === 0 ? null : median(postgres),
  };
}

const folder = await createBenchFolder();
const servers: Server[] = [];
const installed: Installation[] = [];
try {
  const loadBefore = loadavg()[0] ?? 0;
  for (const playbooks of sizes)
    installed.push(await install(folder.path, playbooks, (server) => servers.push(server)));
  // Uncounted: code is warm, and plans that are kept are kept.
  for (const { side, playbooks } of installed)
    await side.ask('match', { alerts: playbooks, inFlight, categories: noiseCategories(playbooks) });
  for (const each of installed) for (const kind of kinds) await measure(each, kind);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? installed : [...installed].reverse();
    for (const kind of kinds) for (const each of order) each.rounds[kind].push(await measure(each, kind));
    say(`round ${round + 1} of ${rounds}`);
  }
  const [first] = installed as [Installation];
  const report: InstallationReport = {
    version: 1,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      node: process.versions.node,
      loadBefore,
    },
    settings: { rounds, alerts, inFlight },
    sizes: await Promise.all(
      installed.map(async ({ playbooks, rules, side, rounds: own }) => {
        const of = (kind: Kind) => ({ ...middle(own[kind]), ratio: ratioOf(own[kind], first.rounds[kind]) });
        const { rss } = await side.ask<NodeJS.MemoryUsage>('settledMemory');
        return {
          playbooks,
          rules,
          rssBytes: rss,
          kinds: { few: of('few'), many: of('many'), runs: of('runs') },
        };
      }),
    ),
  };
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : tableOf(report).join('\n')}\n`);
} finally {
  await Promise.all(installed.map(({ side }) => side.close()));
  await Promise.all(servers.map((server) => server.stop()));
  await folder.remove();
}

function tableOf({ machine, settings, sizes: all }: InstallationReport): string[] {
  const title = {
    few: 'the same four look, nothing starts',
    many: "each alert another playbook's",
    runs: 'the same five look, one starts three steps',
  };
  const ranged = (value: number | null, range: [number, number] | null) =>
    value === null || range === null
      ? '?'
      : `${value.toFixed(2)} (${range[0].toFixed(2)} to ${range[1].toFixed(2)})`;
  const rows = (kind: Kind): string[] => [
    ...(
      [
        ['alerts per second', (cost) => cost.alertsPerSecond.toFixed(0)],
        ['Node, ms per alert', (cost) => cost.nodeMs.toFixed(2)],
        ['PostgreSQL, ms per alert', (cost) => cost.postgresMs?.toFixed(2) ?? '?'],
        ['Node, ratio (rounds)', ({ ratio }) => ranged(ratio.nodeMs, ratio.nodeRange)],
        ['PostgreSQL, ratio (rounds)', ({ ratio }) => ranged(ratio.postgresMs, ratio.postgresRange)],
      ] satisfies [string, (cost: Cost & { ratio: Ratio }) => string][]
    ).map(
      ([name, of]) => `| ${title[kind]}: ${name} | ${all.map((each) => of(each.kinds[kind])).join(' | ')} |`,
    ),
  ];
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore.toFixed(1)}; ${settings.rounds} rounds of ${settings.alerts} alerts, ${settings.inFlight} in flight; ratio: to the first column`,
    '',
    `| playbooks / rules | ${all.map(({ playbooks, rules }) => `${playbooks} / ${rules}`).join(' | ')} |`,
    `|---|${'---|'.repeat(all.length)}`,
    ...kinds.flatMap(rows),
    `| memory of the process, MiB | ${all.map(({ rssBytes }) => (rssBytes / 2 ** 20).toFixed(0)).join(' | ')} |`,
  ];
}
