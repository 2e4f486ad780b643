import type { AttemptId, MintId, TenantId } from '../../schemas/ids.ts';
import type { ActionRegistry, Connection } from '../core/contracts/action.ts';
import type { Imap } from '../core/contracts/imap.ts';
import type { Ldap } from '../core/contracts/ldap.ts';
import type { Meters } from '../core/contracts/meters.ts';
import type { Http } from '../core/contracts/ports.ts';
import { createIntake } from './accept-alert.ts';
import { type Admitter, createAdmitter } from './admit-runs.ts';
import { createCarrier } from './carry-messages.ts';
import type { CallNotes } from './connections/note-calls.ts';
import { createDispatcher, type Dispatcher } from './dispatch-jobs.ts';
import type { EngineParts, Log } from './engine-parts.ts';
import type { Pass } from './fault-point.ts';
import { type Advancer, createAdvancer } from './gather-inbounds.ts';
import { createFrameLoader } from './keep-frames.ts';
import { createKeptRuns } from './keep-runs.ts';
import { createScheduler } from './keep-schedules.ts';
import { createTimekeeper, type Timekeeper } from './keep-time.ts';
import { createPlanLoader } from './load-plan.ts';
import { lookByClock } from './look-by-clock.ts';
import { createMatcher, type Matcher } from './match-waiting.ts';
import { createOwnWorker } from './own-worker.ts';
import { unparkRuns } from './park-runs.ts';
import { performLot } from './perform-lot.ts';
import type { Courier } from './queue/courier.ts';
import { saysWhatGoesOut } from './say-what-goes-out.ts';
import type { Database } from './store/database.ts';
import { createToldRepeats } from './told-repeats.ts';
import type { OwnWorker } from './worker-at-hand.ts';

/*
 * Joins the engine's parts into one value. Nothing runs until a role is started; losing the process
 * at any moment loses nothing, so stopping is only a courtesy to those who wait for an answer.
 */

export interface EngineOptions {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  courier: Courier;
  registry: ActionRegistry;
  http: Http;
  /** Connections that only releases use; absent: those of everything else. */
  releaseHttp?: Http;
  ldap: Ldap;
  imap: Imap;
  connections: readonly Connection[];
  /** What calls say of the connections they went over; absent: nobody asks. */
  calls?: CallNotes;
  clock: { nowMs(): number };
  meters?: Meters;
  /** Name of this process in claims, e.g. host and pid. */
  worker: string;
  /** Origin and path prefix of the console, for `run.url`. */
  publicUrl: string;
  leaseMarginMs: number;
  executeWithinMs: number;
  /** Lots of one system that this process works on at a time. */
  workerConcurrency: number;
  /** Nothing is claimed by the process that decides it, as in a fleet where other processes do the work. */
  overQueueOnly?: boolean;
  /** Entries were committed: the sequencer may look. */
  onEntries(): void;
  pass?: Pass;
}

export interface Engine {
  parts: EngineParts;
  advancer: Advancer;
  admitter: Admitter;
  matcher: Matcher;
  startEngine(): void;
  startWorker(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

/** Nobody waits long for an engine of another version by accident. */
const unparkMs = 10_000;

export function openEngine(options: EngineOptions): Engine {
  let dispatcher: Dispatcher | undefined;
  let timekeeper: Timekeeper | undefined;
  let ownWorker: OwnWorker | null = null;
  const warn = (message: string) => (error: unknown) =>
    options.log('warn', message, { error: String(error) });
  const parts: EngineParts = {
    database: options.database,
    tenant: options.tenant,
    mint: options.mint,
    log: options.log,
    connections: connectionsBySystem(options.connections),
    sends: saysWhatGoesOut(options.registry, options.connections),
    loadPlan: createPlanLoader(options.database, options.tenant),
    loadFrames: createFrameLoader(options.database, options.tenant),
    keptRuns: createKeptRuns(),
    byHand: (action) => byHandOf(options.registry, action),
    lookUps: (kind, fact) => lookUpsOf(options.registry, kind, fact),
    told: createToldRepeats({
      database: options.database,
      tenant: options.tenant,
      mint: options.mint,
      committed: options.onEntries,
    }),
    intake: { submit: (alert) => intake.submit(alert) },
    publicUrl: options.publicUrl,
    ownWorker: () => ownWorker,
    leaseMarginMs: options.leaseMarginMs,
    executeWithinMs: options.executeWithinMs,
    ...(options.pass !== undefined && { pass: options.pass }),
    afterCommit(news) {
      if (news.attempts) dispatcher?.nudge();
      if (news.ready !== undefined) dispatcher?.hand(news.ready);
      if (news.entries) options.onEntries();
      if (news.soonestDueMs != null) timekeeper?.nudge(news.soonestDueMs);
      if (news.freedGroups !== undefined) admitter.freed(news.freedGroups);
      if (news.mail !== undefined) carrier.nudge(news.mail);
      if (news.created !== undefined && news.created.length > 0) {
        // The sweep finds them too; this only makes it sooner.
        void admitter.admit(news.created);
      }
      if (news.signals) matcher.nudge();
    },
  };
  const advancer = createAdvancer(parts);
  const carrier = createCarrier(parts, advancer);
  const admitter = createAdmitter(parts, advancer);
  const matcher = createMatcher(parts, admitter);
  const intake = createIntake(parts, { matcher, admitter });
  const scheduler = createScheduler(parts, admitter);
  // Again and again: in a fleet of two versions the other one looks at our runs as well, and parks them.
  const unparker = lookByClock({
    everyMs: unparkMs,
    pass: async () => admitter.admit(await unparkRuns(options.database, options.tenant)),
    failed: warn('runs that were parked could not be looked at'),
  });
  // Handing over after a commit is everybody's business: a worker's report makes the next step ready.
  dispatcher = createDispatcher(parts, options.courier);
  timekeeper = createTimekeeper(parts, advancer);
  const connection = (system: string, id: string) =>
    options.connections.find((each) => each.system === system && each.id === id);

  return {
    parts,
    advancer,
    admitter,
    matcher,
    startEngine() {
      unparker.start();
      dispatcher.start();
      timekeeper.start();
      carrier.start();
      admitter.start();
      matcher.start();
      scheduler.start();
    },
    async startWorker() {
      const worker = {
        engine: parts,
        advancer,
        registry: options.registry,
        http: options.http,
        ...(options.releaseHttp !== undefined && { releaseHttp: options.releaseHttp }),
        ldap: options.ldap,
        imap: options.imap,
        worker: options.worker,
        ...(options.calls !== undefined && { calls: options.calls }),
        connection,
        clock: options.clock,
        ...(options.meters !== undefined && { meters: options.meters }),
      };
      const systems = systemsOf(options.registry);
      const places = options.workerConcurrency;
      const own = createOwnWorker(worker, systems, places);
      await options.courier.work(systems, { concurrency: places }, (lot, signal) =>
        own.inPlace(lot.system, () => performLot(worker, lot.attemptIds, signal)),
      );
      if (options.overQueueOnly === true) return;
      // Whoever gets nothing from the queue, as its clock is wrong, takes nothing past it either.
      ownWorker = {
        ...own,
        wants: (rows) => (options.courier.taking() ? own.wants(rows) : new Set<AttemptId>()),
      };
    },
    async stop(graceMs) {
      await unparker.stop();
      await scheduler.stop();
      await matcher.stop();
      await timekeeper.stop();
      await admitter.stop();
      await carrier.stop();
      await dispatcher.stop();
      await Promise.all([ownWorker?.close(graceMs), options.courier.close(graceMs)]);
      await advancer.drained();
      await parts.told.settle();
    },
  };
}

function connectionsBySystem(connections: readonly Connection[]): { [system: string]: string[] } {
  const bySystem: { [system: string]: string[] } = {};
  for (const { system, id } of connections) bySystem[system] = [...(bySystem[system] ?? []), id];
  return bySystem;
}

function lookUpsOf(registry: ActionRegistry, kind: string, fact: string): string[] {
  return [...registry.values()].flatMap(({ manifest }) =>
    manifest.class === 'read' && manifest.target?.kind === kind && Object.hasOwn(manifest.facts ?? {}, fact)
      ? [manifest.key]
      : [],
  );
}

export function systemsOf(registry: ActionRegistry): string[] {
  return [...new Set([...registry.keys()].map((key) => key.slice(0, key.indexOf('.'))))];
}

function byHandOf(registry: ActionRegistry, action: string): { words: string; docs: string[] } | null {
  const manifest = registry.get(action)?.manifest;
  return manifest?.byHand === undefined ? null : { words: manifest.byHand, docs: manifest.docs };
}
