import type { Agenda } from './agenda.ts';
import { type Cores, createCores } from './cores.ts';
import type { BatchStation, Cost, Prices } from './costs.ts';
import { createStation, type Seen, type Station } from './station.ts';

/*
 * One PostgreSQL with the engine processes in front of it and the cores they share: an alert's way as
 * `engine/runtime/` walks it, with its batch sizes, its loops one at a time, its two transactions of
 * advancing, and its two ways to a worker. Every queue is in memory here; that it is rows there changes no order.
 */

export interface Shape {
  /** Shared by the database and its engines, unless the engines have their own. */
  cores: number;
  /** Of a machine that has the engines alone; 0: none. */
  engineCores: number;
  engines: number;
  /** How long a target takes to answer. It costs no processor. */
  actionMs: number;
}

export const oneMachine: Shape = { cores: 2, engineCores: 0, engines: 1, actionMs: 0 };

export interface Run {
  arrivedMs: number;
  startedMs: number;
  step: number;
  ended(): void;
}

export interface Shard {
  /** @returns false when more waits than intake keeps in memory; then nothing has begun */
  submit(run: Run): boolean;
  /** Ends what goes by the clock, so that the agenda can run empty. */
  close(): void;
  seen(): ShardSeen;
  forget(): void;
}

export interface ShardSeen {
  stations: {
    [Name in BatchStation | 'own' | 'dispatch' | 'perform' | 'node' | 'disk' | 'connections']: Seen;
  };
  coresUtilisation: number;
  engineCoresUtilisation: number;
  used: Cost;
  /** Entries that are committed and have no place in the log yet. */
  unsealed: number;
}

/** As in `engine/runtime/`: of one transaction, of one look, of one lot. */
const max = { intake: 128, match: 50, dispatch: 512, lot: 64, advance: 128, seal: 256 };
const intakeWaitingMax = 5_000;
const advancing = 2;
const connectionsPerEngine = 16;
const lotsPerEngine = 16;
const lingerMs = 50;
const idleEveryMs = 100;

interface Engine {
  node: Station<number>;
  connections: Station<Transaction>;
  intake: Station<Run>;
  match: Station<Run>;
  /** Work that the process claimed itself when it decided it. */
  own: Station<Run[]>;
  /** Lots of either way that this process works on: of its places, so many are taken. */
  lots: number;
  dispatch: Station<Run>;
  advance: Station<Run>;
}

interface Transaction {
  cost: Cost;
  turns: number;
  done(): void;
}

export function createShard(agenda: Agenda, prices: Prices, shape: Shape, random: () => number): Shard {
  const cores = createCores(agenda, shape.cores);
  const engineCores: Cores = shape.engineCores === 0 ? cores : createCores(agenda, shape.engineCores);
  const used: Cost = { nodeMs: 0, postgresMs: 0 };
  let sinceMs = 0;
  let usedBefore = { cores: 0, engine: 0 };
  let closed = false;

  // Whoever commits while the disk is busy shares its next turn, whatever the connection.
  const disk = createStation<null>(agenda, {
    batchMax: 1_000,
    concurrency: 1,
    serve: (_batch, done) => agenda.in(prices.commitMs, done),
  });

  function onNode(engine: Engine, ms: number, done: () => void): void {
    used.nodeMs += ms;
    engine.node.submit(ms, done);
  }

  function onPostgres(ms: number, done: () => void): void {
    used.postgresMs += ms;
    cores.run(ms, done);
  }

  /** Node and PostgreSQL take turns, and the last one waits for the disk. */
  function transact(engine: Engine, { cost, turns, done }: Transaction): void {
    const turn = (left: number): void => {
      onNode(engine, cost.nodeMs / turns, () =>
        onPostgres(cost.postgresMs / turns, () => {
          if (left > 1) turn(left - 1);
          else disk.submit(null, done);
        }),
      );
    };
    turn(turns);
  }

  function commit(engine: Engine, name: BatchStation, rows: number, done: () => void): void {
    const { perBatch, perRow, turns } = prices.stations[name];
    const cost = {
      nodeMs: perBatch.nodeMs + rows * perRow.nodeMs,
      postgresMs: perBatch.postgresMs + rows * perRow.postgresMs,
    };
    engine.connections.submit({ cost, turns, done });
  }

  /** A third of the hop each to hand a lot over, to take it and to acknowledge it. */
  function hop(engine: Engine, done: () => void): void {
    const cost = { nodeMs: prices.hop.nodeMs / 3, postgresMs: prices.hop.postgresMs / 3 };
    transact(engine, { cost, turns: 1, done });
  }

  // One log: whatever the number of engines, one of them seals.
  const seal = createStation<null>(agenda, {
    batchMax: max.seal,
    concurrency: 1,
    lingerMs,
    serve: (batch, done) => commit(engines[0] as Engine, 'seal', batch.length, done),
  });

  function entries(count: number): void {
    for (let entry = 0; entry < count; entry++) seal.submit(null);
  }

  // Never a queue of its own: whoever has a lot claims it at once.
  const claims = createStation<{ engine: Engine; lot: Run[] }>(agenda, {
    batchMax: 1,
    concurrency: lotsPerEngine * shape.engines,
    serve([each], done) {
      if (each === undefined) return done();
      commit(each.engine, 'claim', each.lot.length, done);
    },
  });

  // Any engine takes what any engine handed over.
  const perform = createStation<Run[]>(agenda, {
    batchMax: 1,
    concurrency: lotsPerEngine * shape.engines,
    serve([lot = []], done) {
      const engine = anyEngine();
      engine.lots += 1;
      hop(engine, () =>
        claims.submit({ engine, lot }, () =>
          work(engine, lot, () => {
            engine.lots -= 1;
            hop(engine, done);
          }),
        ),
      );
    },
  });

  /** Everything that a lot orders at once; done when the last of its reports is committed. */
  function work(engine: Engine, lot: readonly Run[], done: () => void): void {
    let left = lot.length;
    const reported = (): void => {
      left -= 1;
      if (left === 0) done();
    };
    for (const run of lot) {
      if (run.step === 0) run.startedMs = agenda.nowMs();
      agenda.in(shape.actionMs, () => engine.advance.submit(run, reported));
    }
  }

  /** What a commit made ready: claimed by that commit as long as there is a place, otherwise over the queue. */
  function ready(engine: Engine, runs: Run[]): void {
    if (runs.length === 0) return;
    if (prices.way === 'own' && engine.lots < lotsPerEngine) {
      engine.lots += 1;
      engine.own.submit(runs);
    } else for (const run of runs) engine.dispatch.submit(run);
  }

  function openEngine(): Engine {
    const engine: Engine = {
      node: createStation<number>(agenda, {
        batchMax: 1,
        concurrency: 1,
        serve: ([ms = 0], done) => engineCores.run(ms, done),
      }),
      connections: createStation<Transaction>(agenda, {
        batchMax: 1,
        concurrency: connectionsPerEngine,
        serve([work], done) {
          if (work === undefined) return done();
          transact(engine, {
            ...work,
            done() {
              done();
              work.done();
            },
          });
        },
      }),
      intake: createStation<Run>(agenda, {
        batchMax: max.intake,
        concurrency: 1,
        serve(batch, done) {
          commit(engine, 'intake', batch.length, () => {
            done();
            entries(batch.length);
            for (const run of batch) engine.match.submit(run);
          });
        },
      }),
      match: createStation<Run>(agenda, {
        batchMax: max.match,
        concurrency: 1,
        serve(batch, done) {
          commit(engine, 'match', batch.length, () => {
            done();
            entries(2 * batch.length);
            ready(engine, batch);
          });
        },
      }),
      own: createStation<Run[]>(agenda, {
        batchMax: 1,
        concurrency: lotsPerEngine,
        serve([lot = []], done) {
          work(engine, lot, () => {
            engine.lots -= 1;
            done();
          });
        },
      }),
      lots: 0,
      dispatch: createStation<Run>(agenda, {
        batchMax: max.dispatch,
        concurrency: 1,
        serve(batch, done) {
          const lots: Run[][] = [];
          for (let from = 0; from < batch.length; from += max.lot)
            lots.push(batch.slice(from, from + max.lot));
          let left = lots.length;
          for (const lot of lots) {
            hop(engine, () => {
              perform.submit(lot);
              left -= 1;
              if (left === 0) done();
            });
          }
        },
      }),
      advance: createStation<Run>(agenda, {
        batchMax: max.advance,
        concurrency: advancing,
        serve(batch, done) {
          commit(engine, 'advance', batch.length, () => {
            done();
            entries(Math.round((batch.length * (prices.entriesPerRun - 3)) / prices.steps));
            for (const run of batch) run.step += 1;
            ready(
              engine,
              batch.filter((run) => run.step < prices.steps),
            );
            for (const run of batch) if (run.step === prices.steps) run.ended();
          });
        },
      }),
    };
    return engine;
  }

  const engines = Array.from({ length: shape.engines }, openEngine);
  const anyEngine = (): Engine => engines[Math.floor(random() * engines.length)] as Engine;

  function idle(): void {
    if (closed) return;
    const share = idleEveryMs / 1_000;
    for (const engine of engines) {
      onNode(engine, prices.idlePerSecond.nodeMs * share, () => undefined);
      onPostgres(prices.idlePerSecond.postgresMs * share, () => undefined);
    }
    agenda.in(idleEveryMs, idle);
  }
  agenda.in(idleEveryMs * random(), idle);

  const all = (): Station<never>[] =>
    [
      disk,
      seal,
      claims,
      perform,
      ...engines.flatMap((each) => [
        each.node,
        each.connections,
        each.intake,
        each.match,
        each.own,
        each.dispatch,
        each.advance,
      ]),
    ] as unknown as Station<never>[];

  return {
    submit(run) {
      const engine = anyEngine();
      if (engine.intake.waiting() >= intakeWaitingMax) return false;
      engine.intake.submit(run);
      return true;
    },
    close() {
      closed = true;
    },
    seen() {
      const passed = Math.max(agenda.nowMs() - sinceMs, Number.MIN_VALUE);
      const of = (name: Exclude<keyof Engine, 'lots'>): Seen =>
        joined(engines.map((each) => each[name].seen()));
      return {
        stations: {
          intake: of('intake'),
          match: of('match'),
          own: of('own'),
          dispatch: of('dispatch'),
          perform: perform.seen(),
          claim: claims.seen(),
          advance: of('advance'),
          seal: seal.seen(),
          node: of('node'),
          disk: disk.seen(),
          connections: of('connections'),
        },
        coresUtilisation: (cores.usedMs() - usedBefore.cores) / passed / shape.cores,
        engineCoresUtilisation:
          shape.engineCores === 0
            ? 0
            : (engineCores.usedMs() - usedBefore.engine) / passed / shape.engineCores,
        used: { ...used },
        unsealed: seal.waiting(),
      };
    },
    forget() {
      sinceMs = agenda.nowMs();
      usedBefore = { cores: cores.usedMs(), engine: engineCores.usedMs() };
      Object.assign(used, { nodeMs: 0, postgresMs: 0 });
      for (const station of all()) station.forget();
    },
  };
}

/** Of engines or shards that do the same beside each other. */
export function joined(parts: readonly Seen[]): Seen {
  const sum = (of: (seen: Seen) => number): number => parts.reduce((total, each) => total + of(each), 0);
  const items = sum((each) => each.items);
  const batches = sum((each) => each.batches);
  const perItem = (of: (seen: Seen) => number): number =>
    items === 0 ? 0 : sum((each) => of(each) * each.items) / items;
  return {
    items,
    batches,
    meanBatch: batches === 0 ? 0 : items / batches,
    utilisation: sum((each) => each.utilisation) / parts.length,
    meanLength: sum((each) => each.meanLength),
    maxWaiting: Math.max(...parts.map((each) => each.maxWaiting)),
    meanWaitMs: perItem((each) => each.meanWaitMs),
    meanStayMs: perItem((each) => each.meanStayMs),
  };
}
