import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { loadName, type Machine, measureLoads, type Way } from './measure-loads.ts';
import { compareLoads } from './simulation/compare.ts';
import { fitPrices } from './simulation/costs.ts';
import { findBreak, findMachines, type Plan } from './simulation/find-machines.ts';
import { printSimulation } from './simulation/print-simulation.ts';
import type { Simulation } from './simulation/report.ts';
import { createBenchFolder, prepareRiposte, startPostgres } from './start-servers.ts';

/*
 * Program: `npm run bench:simulate`. Measures the engine at seven loads, makes a price list of the first
 * two, says how well it predicts the others, and then plays what no machine here could take.
 * See README.md. The report goes to the standard output, what is going on to the standard error.
 */

/** What `--save` writes and `--measured` reads. */
export interface Measured {
  measuredOn: string;
  machine: Machine;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    measured: { type: 'string' },
    way: { type: 'string', default: 'queue' },
    save: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'per-minute': { type: 'string', default: '100000' },
    machines: { type: 'string', default: '0' },
    cores: { type: 'string', default: '2' },
    'engine-cores': { type: 'string', default: '0' },
    engines: { type: 'string', default: '1' },
    'action-ms': { type: 'string', default: '0' },
    'commit-ms': { type: 'string' },
    largest: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '20' },
  },
});

function amount(name: keyof typeof values, min: number): number {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < min) throw new TypeError(`--${name} is a number of at least ${min}`);
  return value;
}

function readPlan(): Plan {
  const largest = amount('largest', 0);
  if (largest >= 1) throw new TypeError('--largest is a share below 1');
  return {
    perSecond: amount('per-minute', 1) / 60,
    machines: Math.floor(amount('machines', 0)),
    shape: {
      cores: amount('cores', 1),
      engineCores: amount('engine-cores', 0),
      engines: Math.floor(amount('engines', 1)),
      actionMs: amount('action-ms', 0),
    },
    largest,
    seconds: amount('seconds', 1),
    seed: Math.floor(amount('seed', 0)),
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The first two calibrate; none of the others is looked at before its prediction is made. */
const loads = [
  { load: { inFlight: 2 }, runs: 200 },
  { load: { inFlight: 32 }, runs: 400 },
  { load: { inFlight: 1 }, runs: 150 },
  { load: { inFlight: 8 }, runs: 250 },
  { load: { inFlight: 16 }, runs: 300 },
  { load: { inFlight: 64 }, runs: 500 },
];

function readWay(): Way {
  const { way } = values;
  if (way === 'queue' || way === 'own') return way;
  throw new TypeError('--way is one of: queue, own');
}

async function measure(way: Way): Promise<Measured> {
  const folder = await createBenchFolder();
  const [ours, raw] = await Promise.all([
    startPostgres(folder.path, 'ours'),
    startPostgres(folder.path, 'raw'),
  ]);
  const loadBefore = loadavg()[0] ?? 0;
  try {
    await prepareRiposte(ours.url);
    const machine = await measureLoads({ ours, raw }, way, loads, say);
    const measuredOn = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}, load before ${loadBefore.toFixed(1)}`;
    return { measuredOn, machine };
  } finally {
    await Promise.all([ours.stop(), raw.stop()]);
    await folder.remove();
  }
}

const plan = readPlan();
const measured =
  values.measured === undefined
    ? await measure(readWay())
    : (JSON.parse(await readFile(values.measured, 'utf8')) as Measured);
if (values.save !== undefined) await writeFile(values.save, `${JSON.stringify(measured, null, 1)}\n`);
const { machine, measuredOn } = measured;
const [few, crowd, ...others] = machine.loads;
if (few === undefined || crowd === undefined) throw new Error('two loads are needed to calibrate');
say(`calibrated by ${loadName(few.load)} and ${loadName(crowd.load)}`);
const fitted = fitPrices(machine, few, crowd);
const prices = values['commit-ms'] === undefined ? fitted : { ...fitted, commitMs: amount('commit-ms', 0) };
const found = findMachines(prices, plan);
const report: Simulation = {
  version: 1,
  measuredOn,
  prices,
  // By the disk that was measured, whatever disk is played afterwards.
  comparison: compareLoads(fitted, others, plan.seed),
  plan,
  found,
  breaks: findBreak(prices, plan, found.machines),
};
process.stdout.write(
  `${values.json ? JSON.stringify(report, null, 2) : printSimulation(report).join('\n')}\n`,
);
