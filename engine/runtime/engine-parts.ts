import type { MintId, RunId, TenantId } from '../../schemas/ids.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { SaysWhatGoesOut } from '../core/run/context.ts';
import type { AlertToStore, StoredAlert } from './alert-to-store.ts';
import type { Pass } from './fault-point.ts';
import type { Group } from './group-commit.ts';
import type { LoadFrames } from './keep-frames.ts';
import type { KeptRuns } from './keep-runs.ts';
import type { ScopeName } from './scope-name.ts';
import type { Database } from './store/database.ts';
import type { Unsent } from './store/queries/take-outbox.ts';
import type { ToldRepeats } from './told-repeats.ts';
import type { OwnWorker } from './worker-at-hand.ts';

/** Writes one line of the operator's log; never secrets, never alert text. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: { [field: string]: unknown },
) => void;

/** A pinned plan, read once per digest and kept; its machines are kept with the object (`build-machine.ts`). */
export interface LoadedPlan {
  plan: Plan;
  /** Some expression may read `alert.raw`; otherwise runs do not carry the vendor's original, which can be a megabyte. */
  readsRaw: boolean;
}

/** A run that was created and may begin when its concurrency group has a place. */
export interface Started {
  runId: RunId;
  group: string | null;
  limit: number | null;
}

/** What a commit made ready; absent means nothing of the kind. */
export interface News {
  /** Something lies in the outbox that may go out now. */
  attempts?: boolean;
  /** What was put into the outbox just now; the one who committed hands it over. */
  ready?: readonly Unsent[];
  entries?: boolean;
  freedGroups?: readonly string[];
  soonestDueMs?: number | null;
  /** Scopes that were told something. */
  mail?: readonly ScopeName[];
  created?: readonly Started[];
  /** Something happened that may start runs. */
  signals?: boolean;
}

/** What every use case of the engine is handed by the wiring. */
export interface EngineParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  /** Configured connections by system. */
  connections: { [system: string]: string[] };
  /** What goes out, of actions that say it. */
  sends?: SaysWhatGoesOut;
  /** Where a person looks when nobody knows whether an action happened; null when its manifest does not say. */
  byHand(action: string): { words: string; docs: string[] } | null;
  /** Origin and path prefix under which people reach the console, without trailing slash. */
  publicUrl: string;
  loadPlan(digest: string): Promise<LoadedPlan>;
  loadFrames: LoadFrames;
  keptRuns: KeptRuns;
  /** Actions that find out a fact about a kind of target; only used to say so. */
  lookUps?(kind: string, fact: string): string[];
  /** Alerts that arrive together are stored together. */
  intake: Group<AlertToStore, StoredAlert>;
  /** The worker of this process; null while it has none. */
  ownWorker(): OwnWorker | null;
  /** Refusals that one person hears again and again, and cards that they open again. */
  told: ToldRepeats;
  /** Told after each commit, so that what became ready moves at once. */
  afterCommit(news: News): void;
  /** How long a worker owns an attempt beyond the attempt's own timeout, in milliseconds. */
  leaseMarginMs: number;
  /** How long a granted approval may wait for its dispatch (audit facts 2.3, item 6). */
  executeWithinMs: number;
  /** Says which instant was passed, for tests that lose the process there. */
  pass?: Pass;
}
