import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MintId, TenantId } from '../../schemas/ids.ts';
import type { OrderSigner } from '../core/audit/signed-order.ts';
import { AuditAlarm, SequencerFenced } from './audit/alarm.ts';
import type { AnchorPlace } from './audit/anchor-place.ts';
import { carryCheckpoints, type HeldHeads } from './audit/carry-checkpoints.ts';
import type { OwnHeads } from './audit/own-heads.ts';
import { LogSeal } from './audit/seal-log.ts';
import type { LogKeys } from './audit/signing-key.ts';
import { watchLog } from './audit/watch-log.ts';
import type { Pass } from './fault-point.ts';
import type { Database } from './store/database.ts';

/*
 * The only process that gives indexes to entries. Any number may run: the one that started last leads,
 * the others stand by and take over when pending entries are left lying. See core/audit/README.md.
 */

export interface Sequencer {
  /**
   * Begins to lead: raises the epoch, so that an older sequencer fails its next commit.
   * Resolves after the first try, when a log that contradicts its anchors already holds containment.
   */
  start(): Promise<void>;
  /** Seals what is pending, keeps a last checkpoint, and ends. Errors go to `onError`. */
  stop(): Promise<void>;
  /**
   * Seals everything that is pending now, leading the log if nobody asked it to before.
   * @returns how many pending entries were taken
   * @throws SequencerFenced when another one took the log meanwhile; AuditAlarm when halted
   */
  flush(): Promise<number>;
  /** Something was committed: look now instead of at the next poll. Never throws, costs nothing. */
  nudge(): void;
  status(): SequencerStatus;
}

export type SequencerStatus =
  | { state: 'stopped' | 'standby' | 'leading' }
  /** Effects must be refused until an operator has looked. */
  | { state: 'halted'; alarm: AuditAlarm };

export interface SequencerParts {
  /** With role `riposte_sequencer`; two connections are enough. */
  database: Database;
  tenant: TenantId;
  mint: MintId;
  /** Schemeless URL that names a new log for ever, e.g. `soar.example/audit/1`; old logs keep theirs. */
  origin: string;
  /** Sign checkpoints; the log refuses a key that is not its own. */
  keys: LogKeys;
  /** Told of everything: lost connections (repeated later), `PoisonedEntry`, `AuditAlarm`. */
  onError(error: Error): void;
  /** Outside the database; every checkpoint is brought there, and they are asked before the log is claimed. */
  places?: readonly AnchorPlace[];
  /** What this host signed last, against which the log is held before it is claimed. */
  heads?: OwnHeads;
  /** How long the texts of entries are kept at least, in days; null or absent: for ever. */
  retentionDays?: number | null;
  /** Whose signatures every order takes, as this host is told; null or absent: nobody's. */
  signers?: readonly OrderSigner[] | null;
  limits?: Partial<SequencerLimits>;
  pass?: Pass;
}

export interface SequencerLimits {
  batchRows: number;
  /**
   * After a nudge, so that neighbours share a commit: at 10 ms nearly every run paid for a batch of its
   * own, at 50 ms a third do, for a fifth less CPU in all. Only an eradication waits for its index.
   */
  lingerMs: number;
  /** Longest between two looks while entries come in, and after ten empty looks. */
  pollMs: number;
  idlePollMs: number;
  checkpointMs: number;
  heartbeatMs: number;
  /** Entries older than this, and no progress for as long, mean that nobody leads. */
  takeoverMs: number;
  heldMs: number;
  /** Between two looks whether a checkpoint has to be brought outside. */
  carryMs: number;
}

export const sequencerLimits: SequencerLimits = {
  batchRows: 256,
  lingerMs: 50,
  pollMs: 100,
  idlePollMs: 1_000,
  checkpointMs: 1_000,
  heartbeatMs: 600_000,
  takeoverMs: 2_000,
  heldMs: 10_000,
  carryMs: 1_000,
};

/** Batches between two looks at checkpoint and stop: 4,096 entries, well under a second. */
const batchesPerStep = 16;
const lastSteps = 25;
const emptyLooksMax = 10;
const repeatMsMax = 5_000;
const carryRepeatMsMax = 60_000;

export function createSequencer(parts: SequencerParts): Sequencer {
  const limits = { ...sequencerLimits, ...parts.limits };
  const seal = new LogSeal(parts, limits);
  const wake = createWake(limits.lingerMs);
  const inTurn = createTurns();
  const { places = [] } = parts;
  const held: HeldHeads = new Map();
  let running: Promise<unknown> | null = null;
  let tried: Promise<void> = Promise.resolve();
  let stopping = false;
  /** Whether it was said what is known of a log that is held. */
  let doubtNoted = false;
  let end = (): void => undefined;
  let ending: Promise<void> = Promise.resolve();
  let emptyLooks = 0;
  let failures = 0;
  /** While standing by: the size that was seen, and since when. */
  let stalled: { size: number; sinceMs: number } | null = null;

  async function loop(firstTried: () => void): Promise<void> {
    let wanted = true;
    while (!stopping) {
      const waitMs = await inTurn(async () => {
        try {
          if (seal.alarm !== null) {
            wanted = await standHalted();
            return wanted ? 0 : limits.idlePollMs;
          }
          if (wanted || seal.unsure) await seal.claim();
          wanted = false;
          const next = seal.leading ? await lead() : await standBy();
          failures = 0;
          return next;
        } catch (error) {
          report(error);
          failures += 1;
          return Math.min(limits.pollMs * 2 ** Math.min(failures, 10), repeatMsMax);
        }
      });
      firstTried();
      await wake.sleep(waitMs);
    }
    firstTried();
  }

  /** Beside the sealing, one for each place: a place that is slow or away delays neither entries nor the others. */
  async function carryTo(place: AnchorPlace): Promise<void> {
    let failed = 0;
    while (!stopping && seal.places.includes(place)) {
      let waitMs = limits.carryMs;
      try {
        if (seal.alarm === null) {
          const more = await carryCheckpoints(parts.database, parts.tenant, place, parts.keys, { held });
          if (!more) await seal.carried(place);
          failed = 0;
          if (more) waitMs = 0;
        }
      } catch (error) {
        if (error instanceof AuditAlarm) await inTurn(() => seal.raise(error));
        else report(error);
        failed += 1;
        waitMs = Math.min(limits.carryMs * 2 ** Math.min(failed, 6), carryRepeatMsMax);
      }
      await Promise.race([sleep(waitMs, undefined, { ref: false }), ending]);
    }
  }

  /** @returns how long to wait before the next look */
  async function lead(): Promise<number> {
    const view = await watchLog(parts.database, parts.tenant);
    await seal.compareEpoch(view);
    await seal.heed(view.givenUp);
    await seal.compareAgain(view);
    // One that waits for a place keeps none from being done.
    for (const digest of view.ordered) {
      if (!(await seal.obey(digest))) continue;
      await seal.claim();
      return 0;
    }
    const clearing = view.clearing && (await seal.clear());
    const due = view.waiting || view.size === 0 || view.idleMs >= limits.heartbeatMs;
    const { taken, more } = due ? await seal.drain(batchesPerStep) : { taken: 0, more: false };
    emptyLooks = taken > 0 ? 0 : emptyLooks + 1;
    if (seal.checkpointDueMs === 0) await seal.keepCheckpoint();
    if (more || clearing) return 0;
    const pollMs = emptyLooks > emptyLooksMax ? limits.idlePollMs : limits.pollMs;
    return Math.min(pollMs, seal.checkpointDueMs ?? pollMs);
  }

  async function standBy(): Promise<number> {
    const view = await watchLog(parts.database, parts.tenant);
    await seal.heed(view.givenUp);
    const nowMs = performance.now();
    const left = view.waitingMs > limits.takeoverMs || view.idleMs > limits.heartbeatMs + limits.takeoverMs;
    if (!left) stalled = null;
    else if (stalled?.size !== view.size) stalled = { size: view.size, sinceMs: nowMs };
    if (stalled !== null && nowMs - stalled.sinceMs >= limits.takeoverMs) {
      stalled = null;
      await seal.claim();
      return 0;
    }
    return Math.min(limits.idlePollMs, limits.takeoverMs);
  }

  /** Holds, says what is known, and waits for two people. @returns whether there is a log to claim again */
  async function standHalted(): Promise<boolean> {
    await seal.hold();
    if (!doubtNoted) await seal.noteDoubt();
    doubtNoted = true;
    const { ordered } = await watchLog(parts.database, parts.tenant);
    for (const digest of ordered) {
      if (!(await seal.obey(digest))) continue;
      doubtNoted = false;
      return true;
    }
    // Another sequencer may have begun it; then that one leads.
    if (await seal.isOver()) {
      seal.renew();
      doubtNoted = false;
    }
    return false;
  }

  function report(error: unknown): void {
    // Losing the log to a younger sequencer is how leading normally ends; an alarm was told of already.
    if (error instanceof SequencerFenced || error instanceof AuditAlarm) return;
    parts.onError(error instanceof Error ? error : new Error(String(error), { cause: error }));
  }

  async function finish(): Promise<void> {
    try {
      if (!seal.leading) return;
      // Bounded, as other processes may go on writing: what is left waits for the next sequencer.
      for (let step = 0; step < lastSteps && (await seal.drain(batchesPerStep)).more; step++);
      await seal.keepCheckpoint();
      // What is signed last is brought out as well: until the next start nobody else would do it.
      for (const place of seal.places)
        await carryCheckpoints(parts.database, parts.tenant, place, parts.keys, { held });
    } catch (error) {
      report(error);
    } finally {
      seal.release();
    }
  }

  return {
    start() {
      stopping = false;
      if (running !== null) return tried;
      ending = new Promise((resolve) => {
        end = resolve;
      });
      let firstTried = (): void => undefined;
      tried = new Promise((resolve) => {
        firstTried = resolve;
      });
      running = Promise.all([loop(firstTried), tried.then(() => Promise.all(places.map(carryTo)))]);
      return tried;
    },
    async stop() {
      stopping = true;
      wake.nudge();
      end();
      await running;
      running = null;
      await inTurn(finish);
    },
    flush() {
      return inTurn(async () => {
        if (!seal.leading) await seal.claim();
        let total = 0;
        for (let more = true; more; ) {
          const drained = await seal.drain(batchesPerStep);
          total += drained.taken;
          more = drained.more;
        }
        if (running === null || seal.checkpointDueMs === 0) await seal.keepCheckpoint();
        return total;
      });
    },
    nudge: () => wake.nudge(),
    status() {
      if (seal.alarm !== null) return { state: 'halted', alarm: seal.alarm };
      if (seal.leading) return { state: 'leading' };
      return { state: running === null ? 'stopped' : 'standby' };
    },
  };
}

/** One piece of work at a time, in the order of asking; a failed one does not stop the next. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

interface Wake {
  /** Ends early after a nudge, also one that came before, but then lingers. */
  sleep(ms: number): Promise<void>;
  nudge(): void;
}

function createWake(lingerMs: number): Wake {
  let nudged = false;
  let end = (): void => undefined;
  return {
    async sleep(ms) {
      if (!nudged) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      if (nudged) await sleep(lingerMs);
      // Cleared before the look, not after it: what is committed during the look may be missed by it.
      nudged = false;
    },
    nudge() {
      nudged = true;
      end();
    },
  };
}
