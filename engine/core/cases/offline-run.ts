import type { JsonObject } from '../../../schemas/json.ts';
import type { Question, Vote } from '../approval/judge-approval.ts';
import type { ActionClass, TargetKind } from '../contracts/action.ts';
import type {
  ApprovalRequest,
  AttemptPurpose,
  Look,
  LoopOrder,
  NewUndoRecord,
  RenderedAction,
  RunOutcome,
} from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import type { Plan } from '../contracts/plan.ts';
import type { ScopeGiven, ScopeResult, UndoOutcome, UndoRecord } from '../contracts/scope.ts';
import type { RunGiven, ScopeSnapshot } from '../run/context.ts';

/*
 * The rows that a database would hold, in memory: runs with their scopes, attempts, questions, holds.
 * Shapes only; `world.ts` moves them.
 */

export interface OfflineRun {
  given: RunGiven;
  plan: Plan;
  digest: string;
  /** Who called it; null for the run under test. */
  caller: { run: OfflineRun; scope: string; ref: string; attached: boolean } | null;
  /** In front of its step names: empty, or `rules/` for the run that the step `rules` called. */
  prefix: string;
  scopes: Map<string, OfflineScope>;
  end: { outcome: RunOutcome | 'undo-incomplete'; reason: string; outputs: JsonObject } | null;
}

export interface OfflineScope {
  run: OfflineRun;
  given: ScopeGiven;
  loop: LoopOrder | null;
  /** Of a chart or of a loop; null before it began. */
  snapshot: ScopeSnapshot | null;
  begun: boolean;
  ended: boolean;
  result: ScopeResult | null;
}

export interface OfflineAttempt {
  scope: OfflineScope;
  ref: string;
  purpose: AttemptPurpose;
  number: number;
  rendered: RenderedAction;
  timeoutMs: number;
  look?: Look;
  state: 'queued' | 'out' | 'over';
}

/** One effect, over all its attempts. */
export interface Performed {
  step: string;
  action: string;
  class: ActionClass;
  with: JsonObject;
  target: { kind: TargetKind; id: string } | null;
  undoOf: string | null;
  outcome: 'succeeded' | 'failed' | 'unknown';
  attempts: number;
  atMs: number;
  actionKey: string;
}

export interface Asked {
  id: string;
  scope: OfflineScope;
  ref: string;
  step: string;
  planPath: string;
  request: ApprovalRequest;
  state: Question['state'];
  approvers: string[];
  votes: Vote[];
  by: string[];
  escalated: number;
  askedAtMs: number;
  endedAtMs: number | null;
}

export interface OfflineHold {
  effect: string;
  target: { kind: TargetKind; id: string };
  /** Null: another run's. */
  run: OfflineRun | null;
  stepPath: string;
  /** `unreleased`: taking it back failed. */
  state: 'wanted' | 'held' | 'unreleased';
  /** Null: it is only wanted and has inherited nothing. */
  origin: Origin | null;
}

export type Origin = 'ours' | 'found' | 'unknown';

export interface OfflineRecord {
  record: UndoRecord;
  run: OfflineRun;
  draft: NewUndoRecord;
  state: 'done' | 'undoing' | UndoOutcome;
  /** Its hold was let go of at least once. */
  released: boolean;
  /** How the last try failed; null when none has. */
  failed: 'undo-failed' | 'changed-since' | null;
  /** In which order records were settled last; 0 for none. */
  settled: number;
  lease: OfflineLease | null;
}

export interface OfflineLease {
  untilMs: number;
  /** Since when it runs; without a yes at its end it runs as long again. */
  sinceMs: number;
  atEnd: 'release' | 'ask';
  /** How often it has ended. */
  ends: number;
  /** The loop that asks about its end. */
  asked: string | null;
}

export interface TimedEntry {
  atMs: number;
  run: OfflineRun;
  entry: EntryDraft;
}

/** `run/sweep[m1]/quarantine` as people write it: `sweep[m1]/quarantine`. */
export function stepName(run: OfflineRun, path: string): string {
  return run.prefix + (path.startsWith('run/') ? path.slice(4) : path);
}

/** The same without items and rounds: `sweep/quarantine`. */
export function planName(name: string): string {
  return name.replaceAll(/\[[^\]]*\]|#\d+(?=\/|$)/g, '');
}
