import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sequencerLimits } from '../../engine/runtime/sequence-audit.ts';
import { batchesPerRun, fitPrices } from './simulation/costs.ts';
import { findMachines } from './simulation/find-machines.ts';
import { oneMachine } from './simulation/shard.ts';

/*
 * The table of `engine/README.md` about a hundred thousand alerts a minute. Every line says where its
 * number comes from; this reads the line and does the sum again, from `measured.json` and the source.
 */

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { machine } = JSON.parse(read('tests/bench/measured.json'));
const [few, crowd] = machine.loads;
const prices = fitPrices(machine, few, crowd);

function table(): { name: string; value: number; from: string }[] {
  const section = /\n## Past one machine\n([\s\S]*?)(?=\n## |$)/.exec(read('engine/README.md'))?.[1] ?? '';
  return [...section.matchAll(/^\| `([a-z_]+)` \| ([\d,.]+) \| (.+?) \|/gm)].map(
    ([, name = '', value = '', from = '']) => ({ name, value: Number(value.replaceAll(',', '')), from }),
  );
}

/** Left to right, as on paper: a name or a number, then operators with names or numbers. */
function reckon(text: string, known: ReadonlyMap<string, number>): number {
  const amountOf = (word: string): number => {
    const value = known.get(word) ?? Number(word);
    if (Number.isNaN(value)) throw new Error(`${word} is not known before it is used`);
    return value;
  };
  const [first = '', ...rest] = text.split(' ');
  let total = amountOf(first);
  for (let at = 0; at < rest.length; at += 2) {
    const value = amountOf(rest[at + 1] ?? '');
    if (rest[at] === '×') total *= value;
    else if (rest[at] === '÷') total /= value;
    else if (rest[at] === '+') total += value;
    else throw new Error(`${rest[at]} is no operator`);
  }
  return total;
}

function numberIn(path: string, pattern: RegExp): number {
  const found = pattern.exec(read(path))?.[1];
  if (found === undefined) throw new Error(`${path} does not say ${pattern} any more`);
  return Number(found.replaceAll('_', ''));
}

const sealCost = (of: 'nodeMs' | 'postgresMs'): number =>
  prices.stations.seal.perBatch[of] + sequencerLimits.batchRows * prices.stations.seal.perRow[of];

const sources: { [from: string]: () => number } = {
  'fitted: Node, a batch of entries': () => sealCost('nodeMs'),
  'fitted: PostgreSQL, a batch of entries': () => sealCost('postgresMs'),
  'measured: commits': () => batchesPerRun(machine.loads[5]),
  'simulated: machines that hold': () =>
    findMachines(prices, {
      perSecond: 100_000 / 60,
      machines: 0,
      shape: oneMachine,
      largest: 0,
      seconds: 20,
      seed: 1,
    }).machines,
  'source: `batchRows`': () => sequencerLimits.batchRows,
  'source: pool of the application': () =>
    numberIn('api/process/wire.ts', /role: 'riposte_app', max: ([\d_]+)/),
  'source: pool of the sequencer': () =>
    numberIn('api/process/wire.ts', /role: 'riposte_sequencer', max: ([\d_]+)/),
  'source: pool of the queue': () =>
    numberIn('engine/runtime/queue/postgres-link.ts', /connectionsMax = ([\d_]+)/),
  'source: embedded server': () =>
    numberIn('engine/runtime/store/embedded/launch-postmaster.ts', /max_connections: '([\d_]+)'/),
};

function trueValue(from: string, known: ReadonlyMap<string, number>): number | null {
  if (from === 'asked' || from === 'chosen') return null;
  if (sources[from] !== undefined) return sources[from]();
  const path = /^measured: `(.+)`$/.exec(from)?.[1];
  if (path !== undefined) {
    const found = path
      .split('.')
      .reduce((value: unknown, key) => (value as { [key: string]: unknown } | undefined)?.[key], machine);
    if (typeof found !== 'number') throw new Error(`measured.json has no number at ${path}`);
    return found;
  }
  if (from.startsWith('rounded up: ')) return Math.ceil(reckon(from.slice('rounded up: '.length), known));
  return reckon(from, known);
}

it('every number about a hundred thousand alerts a minute is what its line says it comes from', () => {
  const known = new Map<string, number>();
  const wrong: string[] = [];
  const lines = table();
  for (const { name, value, from } of lines) {
    const truth = trueValue(from, known);
    // Three digits are printed; sums go on with what is printed, as a reader does.
    if (truth !== null && Math.abs(value - truth) > 0.006 * Math.abs(truth))
      wrong.push(`${name} is ${value}, and ${from} makes ${truth}`);
    known.set(name, value);
  }
  expect(lines.length).toBeGreaterThan(35);
  expect(wrong).toEqual([]);
}, 60_000);

it('a wrong product, an unknown name and a number that is not measured are noticed', () => {
  const known = new Map([['alerts_per_second', 1_667]]);
  expect(reckon('alerts_per_second × 12 ÷ 2 + 1', known)).toBe(10_003);
  expect(() => reckon('alerts_per_second × rows', known)).toThrow('rows is not known');
  expect(() => trueValue('measured: `loads.5.perRun.nothing`', known)).toThrow('no number at');
});

it('the text after the table names only numbers that are in it', () => {
  const section = /\n## Past one machine\n([\s\S]*)$/.exec(read('engine/README.md'))?.[1] ?? '';
  const names = new Set(table().map(({ name }) => name));
  const named = [...section.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map((match) => match[1] ?? '');
  const others = new Set(['tenant_id', 'run_id', 'max_connections', 'alert_id', 'source_id']);
  expect(named.filter((name) => !names.has(name) && !others.has(name))).toEqual([]);
});
