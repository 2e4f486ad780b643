import { createServer } from 'node:http';
import { createCallLog } from './http/call-log.ts';
import { createFaultRules } from './http/fault-rules.ts';
import { serveLab } from './http/serve-lab.ts';
import { createThrottle } from './http/throttle.ts';
import { createTokens } from './http/tokens.ts';
import { keepWorld, readWorld } from './keep-world.ts';
import type { LabContext } from './lab-context.ts';
import { createEstate, type LabEstate } from './lab-estate.ts';
import { defaultScenario, type Scenario } from './scenario.ts';
import { seedWorld } from './seed/seed-world.ts';
import { createWorld, type World, type WorldData } from './world/world.ts';

export interface LabOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** Absent: 127.0.0.1. The estate has no protection worth the name; leave it there. */
  host?: string;
  scenario?: Partial<Scenario>;
  /** Keeps the estate over restarts. Absent: in memory only. */
  dataFile?: string;
}

export interface Lab {
  /** `http://127.0.0.1:7910`, without a slash at the end. */
  url: string;
  estate: LabEstate;
  /** Ends open requests, writes the data file and frees the port. */
  close(): Promise<void>;
}

/** Starts the lab estate: the vendor APIs of the README over HTTP, and a handle to look behind them. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', dataFile } = options;
  const initial: Scenario = { ...defaultScenario, ...options.scenario };
  const keeper = dataFile === undefined ? null : keepWorld(dataFile, () => lab.world.save());
  const changed = () => keeper?.changed();

  function build(scenario: Scenario, data: WorldData = seedWorld(scenario, Date.now())): World {
    return createWorld(data, scenario, changed);
  }

  const kept = dataFile === undefined ? null : readWorld(dataFile);
  const lab: LabContext = {
    world: kept === null ? build(initial) : build(initial, kept),
    tokens: createTokens(),
    throttle: createThrottle(),
    faults: createFaultRules(),
    calls: createCallLog(),
    reset(scenario) {
      lab.world = build({ ...initial, ...scenario });
      lab.throttle.reset();
      lab.faults.clear();
      lab.calls.clear();
      changed();
    },
    changeScenario(scenario) {
      const fixed = (['clock', 'seedTimes', 'crowd'] as const).find((name) => scenario[name] !== undefined);
      if (fixed !== undefined) throw new Error(`'${fixed}' is part of the seed: it takes a reset.`);
      lab.world.scenario = { ...lab.world.scenario, ...scenario };
    },
  };

  const listener = serveLab(lab);
  const server = createServer({ keepAliveTimeout: 30_000 }, listener.listen);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The lab has no port.');
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;

  return {
    url: `http://${shown}:${address.port}`,
    estate: createEstate(lab),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // connections first: a delayed request must not apply while everything shuts down
      server.closeAllConnections();
      listener.stop();
      await closed;
      await keeper?.flush();
    },
  };
}
