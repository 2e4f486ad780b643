import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgenda } from './simulation/agenda.ts';
import { createCores } from './simulation/cores.ts';
import { asksPerRun, fitPrices, type Prices } from './simulation/costs.ts';
import { findMachines } from './simulation/find-machines.ts';
import { playCrowd, playLoad } from './simulation/play.ts';
import { createRandom, exponential } from './simulation/random.ts';
import { oneMachine } from './simulation/shard.ts';
import { createStation, type Seen } from './simulation/station.ts';

const { machine } = JSON.parse(readFileSync(join(import.meta.dirname, 'measured.json'), 'utf8'));
const [few, crowd] = machine.loads;
const prices: Prices = fitPrices(machine, few, crowd);
/** The other way: who decides also claims. */
const { machine: ownMachine } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'measured-own.json'), 'utf8'),
);
const own: Prices = fitPrices(ownMachine, ownMachine.loads[0], ownMachine.loads[1]);

/** Arrivals that know nothing of each other at somebody who needs 10 ms for each. */
function playOne(utilisation: number, items: number, seed: number): { seen: Seen; lastMs: number } {
  const agenda = createAgenda();
  const random = createRandom(seed);
  const station = createStation<number>(agenda, {
    batchMax: 1,
    concurrency: 1,
    serve: (_batch, done) => agenda.in(10, done),
  });
  let left = items;
  const arrive = (): void => {
    station.submit(left);
    left -= 1;
    if (left > 0) agenda.in(exponential(random, 10 / utilisation), arrive);
  };
  agenda.soon(arrive);
  agenda.run();
  return { seen: station.seen(), lastMs: agenda.nowMs() };
}

test.each([0.3, 0.6, 0.8])('one station waits as M/D/1 says, at a utilisation of %d', (utilisation) => {
  const { seen } = playOne(utilisation, 200_000, 7);
  const expected = (utilisation * 10) / (2 * (1 - utilisation));
  expect(seen.utilisation).toBeCloseTo(utilisation, 1);
  expect(Math.abs(seen.meanWaitMs / expected - 1)).toBeLessThan(0.05);
});

test("Little's law holds: what is inside is what arrives in the time that it stays", () => {
  const { seen, lastMs } = playOne(0.7, 5_000, 3);
  expect(seen.meanLength).toBeCloseTo((seen.items / lastMs) * seen.meanStayMs, 6);
  const played = playCrowd(prices, oneMachine, { perSecond: 100, seconds: 20, shards: 1, largest: 0 }, 5);
  for (const name of ['intake', 'match', 'advance'] as const) {
    const each = played.stations[name];
    // The watched time begins and ends with somebody inside, so here it holds but for the edges.
    expect(each.meanLength / ((each.items / 15_000) * each.meanStayMs)).toBeCloseTo(1, 1);
  }
});

test('nothing is lost: whatever came in has ended, is under way, or was refused', () => {
  for (const load of [{ inFlight: 1 }, { inFlight: 64 }, { perSecond: 400 }]) {
    const { submitted, ended, refused, underWay, unsealed, stations } = playLoad(
      prices,
      oneMachine,
      load,
      500,
      2,
    );
    expect({ submitted, ended, refused, left: underWay.after, unsealed: unsealed.after }).toEqual({
      submitted: 500,
      ended: 500,
      refused: 0,
      left: 0,
      unsealed: 0,
    });
    expect(stations.claim.batches).toBe(stations.perform.batches);
    expect([stations.intake.items, stations.match.items, stations.advance.items]).toEqual([500, 500, 1_500]);
    expect(stations.dispatch.items).toBe(1_500);
  }
  const flood = playCrowd(prices, oneMachine, { perSecond: 12_000, seconds: 8, shards: 1, largest: 0 }, 2);
  expect(flood.refused).toBeGreaterThan(0);
  expect(flood.submitted).toBe(flood.ended + flood.refused + flood.underWay.after);
});

test('who decides also claims: no queue, no claim of its own, and nothing is lost', () => {
  const played = playLoad(own, oneMachine, { inFlight: 64 }, 500, 2);
  expect(played).toMatchObject({ ended: 500, underWay: { after: 0 } });
  const { stations } = played;
  expect([stations.dispatch.items, stations.claim.items, stations.perform.items]).toEqual([0, 0, 0]);
  expect(stations.advance.items).toBe(1_500);
  const overQueue = playLoad(prices, oneMachine, { inFlight: 64 }, 500, 2);
  expect(played.perRun.asks).toBeLessThan(overQueue.perRun.asks);
  expect(overQueue.stations.own.items).toBe(0);
});

test('what finds no place with whoever decided goes over the queue', () => {
  const slow = { ...oneMachine, actionMs: 2_000 };
  const { ended, stations } = playLoad(own, slow, { perSecond: 12 }, 200, 2);
  expect(ended).toBe(200);
  expect(stations.own.batches).toBeGreaterThan(30);
  expect(stations.claim.batches).toBeGreaterThan(10);
  expect(stations.own.items).toBe(stations.own.batches);
});

test('the same seed tells the same story, another one another', () => {
  const play = (seed: number) =>
    playCrowd(
      prices,
      { ...oneMachine, engines: 2 },
      { perSecond: 300, seconds: 4, shards: 3, largest: 0.5 },
      seed,
    );
  expect(play(1)).toEqual(play(1));
  expect(play(1)).not.toEqual(play(2));
});

test('batches grow with the load, and a run asks the database less', () => {
  const batches = [1, 4, 16, 64].map((inFlight) => playLoad(prices, oneMachine, { inFlight }, 400, 1));
  const sizes = batches.map(({ stations }) => stations.advance.meanBatch);
  const asks = batches.map(({ perRun }) => perRun.asks);
  expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
  expect(asks).toEqual([...asks].sort((one, other) => other - one));
  expect(sizes[0]).toBe(1);
  expect(sizes[3]).toBeGreaterThan(8);
});

test('cores are shared evenly: nobody is faster than one core, all together not faster than all cores', () => {
  const agenda = createAgenda();
  const cores = createCores(agenda, 2);
  const ended: [string, number][] = [];
  const run = (name: string, ms: number) => cores.run(ms, () => ended.push([name, agenda.nowMs()]));
  run('short', 10);
  agenda.in(5, () => {
    run('one', 10);
    run('other', 20);
  });
  agenda.run();
  // Alone until 5; then three on two cores: `short` ends after 7.5 more, and the two others have a core each.
  expect(ended.map(([name, atMs]) => [name, Math.round(atMs * 1_000) / 1_000])).toEqual([
    ['short', 12.5],
    ['one', 17.5],
    ['other', 27.5],
  ]);
  expect(cores.usedMs()).toBeCloseTo(40, 9);
});

test.each([
  ['over the queue', prices, [few, crowd]],
  ['by whoever decides', own, ownMachine.loads.slice(0, 2)],
])('the price list gives back what the two loads cost that it was made of: %s', (_way, prices, loads) => {
  for (const load of loads) {
    const spent = (of: 'nodeMs' | 'postgresMs'): number => {
      const stations = Object.entries(prices.stations) as [
        keyof Prices['stations'],
        Prices['stations']['intake'],
      ][];
      const own = stations.reduce(
        (total, [name, each]) =>
          total +
          each.rowsPerRun * each.perRow[of] +
          (load.stations[name].asks / each.asks) * each.perBatch[of],
        0,
      );
      return (
        own +
        load.stations.claim.batches * prices.hop[of] +
        prices.idlePerSecond[of] / load.throughputPerSecond
      );
    };
    expect(spent('nodeMs')).toBeCloseTo(load.perRun.nodeMs, 6);
    expect(spent('postgresMs')).toBeCloseTo(load.perRun.postgresMs, 6);
    expect(asksPerRun(load)).toBeGreaterThan(0);
  }
});

test('as many machines as needed are found, and one less does not hold', () => {
  const plan = { perSecond: 2_500, machines: 0, shape: oneMachine, largest: 0, seconds: 8, seed: 4 };
  const found = findMachines(prices, plan);
  expect(found.holds).toBe(true);
  expect(found.machines).toBeGreaterThan(1);
  expect(findMachines(prices, { ...plan, machines: found.machines - 1 }).holds).toBe(false);
});
