import type { AnyStateMachine } from 'xstate';
import type { MintId, TenantId } from '../../schemas/ids.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { Database } from './store/database.ts';

/** Writes one line of the operator's log; never secrets, never alert text. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: { [field: string]: unknown },
) => void;

/** A pinned plan, compiled once per digest and kept. */
export interface LoadedPlan {
  plan: Plan;
  machine: AnyStateMachine;
  /** Some expression may read `alert.raw`; otherwise runs do not carry the vendor's original, which can be a megabyte. */
  readsRaw: boolean;
}

/** What every use case of the engine is handed by the wiring. */
export interface EngineParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  /** Configured connections by system. */
  connections: { [system: string]: string[] };
  /** Origin and path prefix under which people reach the console, without trailing slash. */
  publicUrl: string;
  loadPlan(digest: string): Promise<LoadedPlan>;
  /** Told after each commit, so that what became ready moves at once. */
  afterCommit(news: {
    attempts: boolean;
    entries: boolean;
    freedGroups: string[];
    soonestDueMs: number | null;
  }): void;
  /** How long a worker owns an attempt beyond the attempt's own timeout, in milliseconds. */
  leaseMarginMs: number;
  /** How long a granted approval may wait for its dispatch (audit facts 2.3, item 6). */
  executeWithinMs: number;
}
