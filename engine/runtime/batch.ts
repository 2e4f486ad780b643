import type { AttemptId, DeadlineId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Occasion } from '../core/approval/notice-text.ts';
import type { ActionClass } from '../core/contracts/action.ts';
import type { AttemptPurpose, DeadlineKind, Look, TaskAnswer, TaskCard } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { ScopeResult } from '../core/contracts/scope.ts';
import type { Due } from './due.ts';
import type { Started } from './engine-parts.ts';
import type { ScopeLive } from './store/queries/lock-scopes.ts';
import type { FrameRow, Letter, NewScopeRow } from './store/queries/open-scopes.ts';
import type { Reservation } from './store/queries/reserve-targets.ts';
import type { changedStep, newStep, newUndoRecord } from './store/queries/row-types.ts';
import type { SettledRow } from './store/queries/undo-records.ts';
import type { Effect, HoldRow } from './store/queries/write-holds.ts';
import type { Row } from './store/row-type.ts';

/*
 * What one advance transaction will write, gathered as rows per table and written set-based. Rows
 * of many scopes share the statements; nothing here talks to the database.
 */

export interface AttemptRow {
  id: AttemptId;
  run_id: RunId;
  scope_path: string;
  step_path: string;
  purpose: AttemptPurpose;
  number: number;
  generation: number;
  action_key: string;
  action: string;
  action_version: string;
  class: ActionClass;
  system: string;
  connection: string;
  arguments: JsonObject;
  handle: JsonObject | null;
  target_kind: string | null;
  target_id: string | null;
  priority: number;
  timeout_ms: number;
  claim_before_ms: number | null;
  look: Look | null;
  intent_entry_id: string;
  revoked: boolean;
}

export interface ScopeRow {
  run_id: RunId;
  path: string;
  version: number;
  snapshot: string;
  live: ScopeLive;
  result: ScopeResult | null;
  due: Due[];
  alarm_ms: number | null;
}

export interface Batch {
  scopes: ScopeRow[];
  /** Scopes of runs that this transaction created. */
  firstScopes: ScopeRow[];
  /** Of scopes that were looked at and not moved. */
  alarms: { run_id: RunId; path: string; due: Due[]; alarm_ms: number | null }[];
  frames: FrameRow[];
  newScopes: NewScopeRow[];
  letters: Letter[];
  runs: {
    id: RunId;
    state: string;
    reason: string | null;
    outputs: JsonObject | null;
    outcome: string | null;
    waiting_for: JsonObject[];
    ended: boolean;
  }[];
  /** Runs whose state depends on more than their first scope. */
  unsettledRuns: Set<RunId>;
  /** Of scopes that begin, and those that no plan has. */
  steps: Row<typeof newStep>[];
  /** Of what is there since its scope began: the columns that change. */
  changedSteps: Row<typeof changedStep>[];
  attempts: AttemptRow[];
  deadlines: {
    id: DeadlineId;
    run_id: RunId;
    scope_path: string;
    ref: string;
    kind: DeadlineKind;
    seq: number;
    due_ms: number;
  }[];
  clearedDeadlines: { run_id: RunId; scope_path: string; ref: string; kinds: DeadlineKind[] }[];
  approvals: JsonObject[];
  endedApprovals: { run_id: RunId; step_path: string; outcome: string }[];
  widenedApprovals: { run_id: RunId; step_path: string; approvers: string[] }[];
  /** Whatever these questions name under `notify` is told. */
  notices: { run_id: RunId; step_path: string; occasion: Exclude<Occasion, 'break-glass'> }[];
  tasks: JsonObject[];
  /** Settled by the target's word or by silence; a person's answer is written where it comes in. */
  endedTasks: { run_id: RunId; step_path: string; state: TaskAnswer | 'unanswered'; by: string }[];
  retoldTasks: { run_id: RunId; step_path: string; follows: TaskCard['follows'] }[];
  facts: { kind: string; target_id: string; facts: JsonObject }[];
  /** By budget, target and step. */
  reservations: Map<string, Reservation>;
  /** Steps that give back what they counted; before anything of this batch counts. */
  returned: { run_id: RunId; step_path: string }[];
  /** By `effectKey`: what is taken for granted that nobody takes back. */
  staying: Map<string, Effect>;
  /** The last word about each step's hold, by run and step path. */
  holds: Map<string, HoldRow>;
  records: Row<typeof newUndoRecord>[];
  settledUndos: SettledRow[];
  unsubscribed: { run_id: RunId; ref: string }[];
  /** Scopes that are over: nothing may be due, awaited or subscribed for them any more. */
  endedScopes: { run_id: RunId; path: string }[];
  /** Loops that are over: items that never began, and their undo records, are let go. */
  closedLoops: { run_id: RunId; path: string }[];
  entries: EntryDraft[];
  /** Groups whose place became free; somebody may be waiting for it. */
  freedGroups: string[];
  /** Child runs that this batch created. */
  created: Started[];
  /** `run.failed` was written: triggers may want to know. */
  signals: boolean;
}

export function emptyBatch(): Batch {
  return {
    scopes: [],
    firstScopes: [],
    alarms: [],
    frames: [],
    newScopes: [],
    letters: [],
    runs: [],
    unsettledRuns: new Set(),
    steps: [],
    changedSteps: [],
    attempts: [],
    deadlines: [],
    clearedDeadlines: [],
    approvals: [],
    endedApprovals: [],
    widenedApprovals: [],
    notices: [],
    tasks: [],
    endedTasks: [],
    retoldTasks: [],
    facts: [],
    reservations: new Map(),
    returned: [],
    staying: new Map(),
    holds: new Map(),
    records: [],
    settledUndos: [],
    unsubscribed: [],
    endedScopes: [],
    closedLoops: [],
    entries: [],
    freedGroups: [],
    created: [],
    signals: false,
  };
}
