import type { RunId, TenantId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Failure, Sending } from '../contracts/action.ts';
import type {
  AskTerms,
  HeldBy,
  Looked,
  RenderedAction,
  RunEvent,
  RunOutcome,
  StepPhase,
  StepView,
} from '../contracts/command.ts';
import type { Mode, Plan, PlanAction } from '../contracts/plan.ts';
import type { LoopItem, ScopeGiven, Seen, Under } from '../contracts/scope.ts';
import type { LoopSnapshot } from './decide-loop.ts';
import { stepAt } from './list-steps.ts';
import type { SourceIncident } from './own-incident.ts';

/*
 * What a run remembers between two decisions, and what it is given anew at each. The remembered
 * part is stored as the scope's snapshot: renaming a field needs a new `snapshotVersion`.
 */

export const snapshotVersion = 3;

/** Fixed when the run was created; stored once beside the run, never in the snapshot. */
export interface RunGiven {
  runId: RunId;
  tenant: TenantId;
  playbookVersion: number;
  digest: string;
  sourceSha256: string;
  mode: Mode;
  /** What it would be without the ceiling of the guardrails at its beginning. */
  askedMode?: Mode;
  triggerId: string;
  alertId: string | null;
  incidentId: string | null;
  /** The same incident as its source knows it. */
  incident: SourceIncident | null;
  alert: JsonObject | null;
  inputs: JsonObject;
  startedBy: string;
  createdAtMs: number;
  url: string;
  /** 32 random hex bytes; nonces and jitter are derived from it, so decisions stay pure. */
  seed: string;
  /** People who may not decide this run's approvals when a request says `separate`. */
  excluded: string[];
  /** 0 for a run that nobody called; a called one has its caller's plus one. */
  depth: number;
  /** How many runs stand behind this one through `incident.updated` and `run.failed` (9.15, item 9). */
  chain: number;
  /** Steps that a person restarted, by runtime path; part of their action keys. */
  generations: { [stepPath: string]: number };
}

/** @param connection its id */
export type SaysWhatGoesOut = (action: PlanAction, connection: string, values: JsonObject) => Sending;

/** Handed to each decision; never stored. */
export interface DecisionEnv {
  plan: Plan;
  given: RunGiven;
  scope: ScopeGiven;
  nowMs: number;
  /** Configured connections by system. */
  connections: { [system: string]: string[] };
  /** What goes out, of actions that say it; absent where nothing is sent. */
  sends?: SaysWhatGoesOut;
  event: RunEvent;
}

export interface CoveredBy {
  /** Digest of the covered step's record when the gate was granted. */
  record: string;
  gate: string;
  /** Absent when nobody was asked, and in runs stored before it was kept. */
  approvalId?: string;
  /** Of the gate, as it was asked about; absent like `approvalId`. Without it what goes out names neither. */
  digest?: string;
  by: string[];
  comment: string;
  decidedAt: string;
  under?: Under;
}

export interface StepState extends StepView {
  /** Where the machine goes after an entry function; read by eventless transitions. */
  go: string;
  generation: number;
  asks: number;
  /** How often a yes was taken back before it could be used; those asks are not held against the action. */
  voided?: number;
  rendered: RenderedAction | null;
  digest: string | null;
  /** Expiry written into the approval's plan, so that a re-rendering compares equal. */
  expiresAtMs: number | null;
  executeBeforeMs: number | null;
  approved: boolean;
  /** The request whose grant lets this step through; written into its attempt. */
  approvalId: string | null;
  /** The attempt that its own yes was used up for. */
  yesUsedBy?: number;
  deadlineSet: boolean;
  overdue: boolean;
  confirms: number;
  checks: number;
  handle: JsonObject | null;
  lastFailure: Failure | null;
  /** A failure or denial that the playbook says to live with. */
  tolerated: boolean;
  branches: { [name: string]: { status: string } } | null;
  /** The guards let it pass and may have counted its target against a budget. */
  reserved: boolean;
  /** Its hold on the effect is announced; given back if the effect does not come about. */
  wanted: boolean;
  /** An attempt's outcome is unknown and nobody has seen since that it had none. */
  doubtful: boolean;
  /** How often a person was asked what became of it. */
  tasks?: number;
  /** The guard, or the hold of unknown origin, that demands a yes which the playbook did not ask for. */
  demand: { guardId: string; message: string; terms?: AskTerms; held?: HeldBy; budgets?: string[] } | null;
  /** Of an inverse that was sent: what the target showed before. */
  looked?: Looked;
  /** Of an inverse that was not sent: what the target showed instead of what was left. */
  seen?: Seen;
  /** An approver changed arguments: the new form is asked about whatever else the playbook says. */
  askAgain: boolean;
  /** Arguments as approvers changed them, and how often they did. */
  edits: JsonObject;
  edited: number;
  /** Rounds of a `repeat` that have begun. */
  round: number;
  /** The list of a `foreach` or the records of an `undo`, kept while people are asked about them. */
  frozen: LoopItem[] | null;
  childRunId: string | null;
  /** How a wait ended, kept while the run queues for its place. */
  waited: { outputs: JsonObject; timedOut: boolean } | null;
  /** Done in the run that this one restarts: walked over without entries and effects. */
  kept: boolean;
  /** The branch that a restarted block took in the ended run. */
  choice: string | null;
}

export interface RunContext {
  env: DecisionEnv;
  started: boolean;
  vars: JsonObject;
  steps: { [path: string]: StepState };
  /** Blocks in which nothing new may start: `main`, `on_failure`, `finally`, or a parallel step's path. */
  halted: string[];
  ending: { outcome: RunOutcome; reason: string } | null;
  /** Why the run failed, for `on_failure`. */
  failure: { step: string; failure: Failure } | null;
  facts: { [kindAndId: string]: JsonObject };
  covered: { [path: string]: CoveredBy };
  /** A `stop` in here, or further in, ends the whole run. */
  stops: boolean;
  /** The place in the concurrency group: given back for a wait, wanted again after it. */
  place: 'held' | 'away' | 'returning';
  /** A cancel that takes everything back. */
  undoAll: boolean;
  /** Whoever ordered that. */
  undoOrderedBy?: string[];
  /** Entries written by this scope so far. */
  entries: number;
}

export type StoredContext = Omit<RunContext, 'env'>;

export interface Snapshot {
  value: Json;
  context: StoredContext;
}

/** What is stored of a scope: a machine's state, or a loop's counters. */
export type ScopeSnapshot = Snapshot | LoopSnapshot;

export const emptyStep: StepState = {
  status: 'pending',
  phase: null,
  attempts: 0,
  outputs: {},
  failure: null,
  denial: null,
  approval: null,
  target: null,
  simulated: false,
  startedAtMs: null,
  finishedAtMs: null,
  go: '',
  generation: 0,
  asks: 0,
  rendered: null,
  digest: null,
  expiresAtMs: null,
  executeBeforeMs: null,
  approved: false,
  approvalId: null,
  deadlineSet: false,
  overdue: false,
  confirms: 0,
  checks: 0,
  handle: null,
  lastFailure: null,
  tolerated: false,
  branches: null,
  reserved: false,
  wanted: false,
  doubtful: false,
  demand: null,
  askAgain: false,
  edits: {},
  edited: 0,
  round: 0,
  frozen: null,
  childRunId: null,
  waited: null,
  kept: false,
  choice: null,
};

export function emptyContext(): StoredContext {
  return {
    started: false,
    vars: {},
    steps: {},
    halted: [],
    ending: null,
    failure: null,
    facts: {},
    covered: {},
    stops: false,
    place: 'held',
    undoAll: false,
    entries: 0,
  };
}

const waitingPhases: ReadonlySet<StepPhase> = new Set([
  'asking',
  'held',
  'undecided',
  'waiting',
  'queueing',
  'inside',
]);

/**
 * Whether a scope can move by itself (language reference 9.3). `inside` does not count: the scopes in
 * there say so for themselves. A loop never moves by itself; its items do.
 */
export function liveState(snapshot: ScopeSnapshot): 'running' | 'waiting' {
  if (!('context' in snapshot)) return 'waiting';
  if (snapshot.value === 'regaining') return 'waiting';
  const active = Object.values(snapshot.context.steps).filter(isBusyOrWaiting);
  return active.length > 0 && active.every((step) => waitingPhases.has(step.phase)) ? 'waiting' : 'running';
}

/** Undo records are being worked off for this scope (language reference 9.3, state `undoing`). */
export function isUndoing(plan: Plan, snapshot: ScopeSnapshot): boolean {
  if (!('context' in snapshot)) return false;
  return Object.entries(snapshot.context.steps).some(
    ([path, step]) =>
      step.status === 'active' &&
      step.phase === 'inside' &&
      (path.endsWith('~undo') || stepAt(plan, path)?.kind === 'undo'),
  );
}

function isBusyOrWaiting(step: StepView): boolean {
  return step.status === 'active' && step.phase !== null;
}
