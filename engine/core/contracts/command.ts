import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { ActionClass, Failure, TargetKind } from './action.ts';
import type { EntryDraft } from './entry.ts';
import type { Mode, TriggerType } from './plan.ts';
import type {
  Frame,
  LoopItem,
  RecordedInverse,
  ScopeResult,
  Seen,
  Under,
  UndoOutcome,
  UndoRecord,
} from './scope.ts';

/*
 * What goes into a decision (facts in the past) and what comes out (orders). Both are plain data.
 * `ref` is always a step path. Names are stored in journals: renaming one breaks them.
 */

export type RunEvent =
  | { type: 'run.started' }
  /** `excluded`: whoever ordered an undo with it. */
  | { type: 'run.cancel'; by: string; reason: string; undo: boolean; excluded?: string[] }
  /** First event of every scope but the run's. */
  | { type: 'scope.begin' }
  /** The parent wants this scope to end: nothing new starts, what is out is awaited. */
  | { type: 'scope.halt' }
  /** A loop, round or undo scope ended; `ref` is the step that opened it. */
  | { type: 'scope.finished'; ref: string; scope: string; result: ScopeResult }
  /** To a loop: one of its items ended. */
  | { type: 'item.finished'; index: number; key: string; result: ScopeResult }
  /** A `stop` or a `denied: stop` of an inner scope that ends the whole run. */
  | { type: 'scope.stop'; outcome: RunOutcome; reason: string; from: string }
  | { type: 'child.started'; ref: string; runId: string }
  | { type: 'child.refused'; ref: string; failure: Failure }
  | {
      type: 'child.finished';
      ref: string;
      runId: string;
      state: RunOutcome;
      outputs: JsonObject;
      reason: string;
      /** The step cannot hold what the run gave; \`outputs\` says where it is. */
      excess?: Failure;
    }
  | { type: 'signal.arrived'; ref: string; signalId: string; signal: JsonObject }
  /** The records to take back, in the order of the language reference 6. */
  | { type: 'undo.planned'; ref: string; records: UndoRecord[] }
  /** `dispatch`: this run's was the last hold, so the inverse has to be sent. */
  | {
      type: 'hold.released';
      ref: string;
      /** `gone`: after it was asked about, somebody else took it up or renewed its lease. */
      outcome: 'dispatch' | 'ask' | 'retained' | 'left-as-found' | 'irreversible' | 'gone';
    }
  /** The run has its place in the concurrency group again after a wait. */
  | { type: 'place.granted' }
  | {
      type: 'approval.edited';
      ref: string;
      approvalId: ApprovalId;
      by: string;
      values: JsonObject;
      comment: string;
    }
  | { type: 'guard.allowed'; ref: string }
  | {
      type: 'guard.ask';
      ref: string;
      guardId: string;
      message: string;
      terms?: AskTerms;
      /** A budget that is used up: what it holds back is shown to people together. */
      held?: HeldBy;
    }
  /** Of a gate or a list: what its actions will be asked about, as far as it is known now. */
  | { type: 'guards.foreseen'; ref: string; demand: ForeseenDemand | null }
  | { type: 'guard.denied'; ref: string; guardId: string; message: string; code?: 'guard/unknown-fact' }
  /** By an emergency stop or the pause until it is lifted, or while the same effect is being taken back from the target. */
  | { type: 'guard.held'; ref: string; by: 'stop' | 'pause' | 'undo' | 'audit' | 'compare'; message: string }
  /** Of an inverse: since its hold was let go, somebody else has come to want the effect. */
  | { type: 'hold.wanted'; ref: string; gone?: true }
  | {
      type: 'approval.granted';
      ref: string;
      approvalId: ApprovalId;
      by: string[];
      comment: string;
      executeBeforeMs: number;
    }
  /** At the chokepoint: the yes that stood for this step does not stand any more, and it is asked anew. */
  | { type: 'approval.voided'; ref: string; approvalId: ApprovalId; code: Code; message: string }
  | { type: 'approval.denied'; ref: string; approvalId: ApprovalId; by: string; comment: string }
  | {
      type: 'action.succeeded';
      ref: string;
      attempt: number;
      outputs: JsonObject;
      changed: boolean | null;
      looked?: Looked;
    }
  | {
      type: 'action.accepted';
      ref: string;
      attempt: number;
      handle: JsonObject;
      pollAfterMs: number;
      looked?: Looked;
    }
  | { type: 'action.failed'; ref: string; attempt: number; failure: Failure }
  | { type: 'action.unknown'; ref: string; attempt: number; message: string }
  /** Of an inverse: the target does not show any more what was left, so nothing was sent. */
  | { type: 'target.changed'; ref: string; attempt: number; expected: JsonObject; found: JsonObject }
  /** Of an inverse: the target could not be asked, so nothing was sent. */
  | { type: 'target.unread'; ref: string; attempt: number; message: string }
  | { type: 'check.present'; ref: string; outputs: JsonObject }
  | { type: 'check.absent'; ref: string }
  | { type: 'check.in-transition'; ref: string; handle: JsonObject; pollAfterMs: number }
  | { type: 'check.unsettled'; ref: string; message: string }
  /** A person said what became of an effect that nobody knew about; their word is the outcome. */
  | { type: 'task.answered'; ref: string; answer: TaskAnswer; by: string; proof: string }
  /** A person wants the target asked once more. */
  | { type: 'task.ask'; ref: string; by: string }
  /** The queued attempt was taken back before any worker claimed it. */
  | { type: 'attempt.revoked'; ref: string }
  /** `claimed`: whether a worker owns the step's newest attempt at this moment. */
  | { type: 'deadline.passed'; ref: string; deadline: DeadlineKind; seq: number; claimed: boolean };

export type DeadlineKind =
  | 'expiry'
  | 'escalation'
  /** Those who are asked hear of it again. */
  | 'reminder'
  | 'deadline'
  /** Until when a worker may take an attempt: what was judged and said yes to is old after it. */
  | 'claim'
  | 'delay'
  | 'poll'
  | 'recheck'
  | 'run-timeout'
  /** End of a `wait`, or its timeout. */
  | 'wait'
  /** Of a task: until when a person can say what became of it. */
  | 'answer'
  /** Pause between two rounds of a `repeat`. */
  | 'every';

/** Whom the operator's guardrails want asked; merged with the author's block (language reference 5, rule 5). */
export interface AskTerms {
  /** Empty: whoever the author names. */
  approvers: string[];
  quorum: number;
  /** How many must have said yes when one of them breaks the glass; absent: `quorum`. */
  glassQuorum?: number;
}

/** What a question waits for together with others: a budget that is used up, or a rule that asks about each. */
export interface HeldBy {
  /** The budget's key; for a rule `rule:` with its id, the playbook and the step. */
  budget: string;
  /** Absent: a budget, which wants a yes of its own whatever a gate in front has said. */
  by?: 'rule';
  /** What it says of itself. */
  reason: string;
  /** Others wait for it already, so people have been told. */
  joins: boolean;
}

/** An action filled with its values: what is shown, approved, guarded and sent. */
export interface RenderedAction {
  action: string;
  actionVersion: string;
  class: ActionClass;
  system: string;
  connection: string;
  arguments: JsonObject;
  target: { kind: TargetKind; id: string } | null;
  /** Same for every attempt of this effect (language reference 9.11). */
  actionKey: string;
  generation: number;
}

export interface ApprovalRequest {
  askNumber: number;
  digest: string;
  /** The action plan whose RFC 8785 form has that digest (facts 2.2). */
  plan: JsonObject;
  /** Everything the card shows, rendered when asked; the door adds live facts. */
  card: ApprovalCard;
  approvers: string[];
  quorum: number;
  /** How many of them the operator's guardrails want even when one breaks the glass. */
  glassQuorum: number;
  separate: boolean;
  requireComment: 'never' | 'on_deny' | 'always';
  expiresAtMs: number;
  escalate: { seq: number; atMs: number; to: string[] }[];
  notify: string[];
  held?: HeldBy;
}

export interface ApprovalCard {
  question: string;
  why: string;
  /** The action's effect sentence with the target's name. */
  happens: string;
  targets: { kind: string; id: string; name: string | null }[];
  reversible: boolean;
  /** How it is taken back, or why it cannot be. */
  wayBack: string;
  arguments: { name: string; value: Json }[];
  /** Arguments that an approver may change, each with the schema of its value. */
  editable: { name: string; schema: JsonObject }[];
  evidence: { label: string; value?: string; link?: string }[];
  falsepositives: string[];
  action: string;
  class: ActionClass;
  step: string;
  stepName: string;
  /** Set when some value could not be rendered in full: approving is off, denying stays possible. */
  unshowable: string | null;
}

export type TaskAnswer = 'happened' | 'did-not-happen';

/** What stays unknown, put to a person. */
export interface NewTask {
  /** How many there were for this step before, plus one. */
  number: number;
  generation: number;
  /** Of the attempt it is about; an answer names it. */
  digest: string;
  card: TaskCard;
  answerBeforeMs: number;
}

/** Everything that is known when it is opened; what the target is asked later stands with its attempts. */
export interface TaskCard {
  question: string;
  /** Why nobody knows. */
  why: string;
  stepName: string;
  action: string;
  actionVersion: string;
  actionKey: string;
  class: ActionClass;
  system: string;
  connection: string;
  target: { kind: TargetKind; id: string; name: string | null } | null;
  arguments: { name: string; value: Json }[];
  /** What the target called the request when it accepted it. */
  handle: JsonObject | null;
  /** The action can read the target's state. */
  canAsk: boolean;
  follows: { happened: string; didNotHappen: string; silence: string };
}

export interface GrantToJudge {
  approvalId: string;
  /** Given for this step alone and not used yet, so its time may be over. A gate's and a list's has none. */
  unused: boolean;
}

/** An action behind a gate or in a list, as it would go out now. */
export interface ForeseenAction {
  rendered: RenderedAction;
  guard: JsonObject;
  limits: LimitQuestion[];
}

export interface ForeseenDemand {
  guardId: string;
  message: string;
  terms?: AskTerms;
  held?: HeldBy;
  /** Budgets that do not reach for what is asked about. */
  budgets: string[];
}
/**
 * What a worker makes sure of at the target before it sends an inverse: that it shows what the success left,
 * or, once somebody has said yes to what was found instead, that it still shows that.
 */
export type Look = { for: 'left' } | { for: 'found'; found: JsonObject };

/** What came of it where the inverse was sent. `cannot-tell`: there is no way to ask this target. */
export type Looked = 'as-left' | 'as-found' | 'cannot-tell';

export type AttemptPurpose = 'perform' | 'confirm' | 'check';

export type Command =
  | {
      kind: 'check-guards';
      ref: string;
      rendered: RenderedAction;
      deny: GuardVerdict | null;
      /** The action as expressions of guards see it: `guard.*`. */
      guard: JsonObject;
      /** Budgets of the playbook that this action counts against. */
      limits: LimitQuestion[];
      /** Of an inverse that is asked about before its hold is let go: a yes is there. */
      granted?: true;
      /** People said yes to it, so that what is beyond a budget goes out and counts all the same. */
      approved?: true;
      /** Its target may count already, since this step was asked about before. */
      reserved?: true;
      /** The yes it would go out on; judged again by whoever knows the people as they are now. */
      grant?: GrantToJudge;
      /** What the yes of its gate or list was given under. */
      under?: Under;
    }
  /** Answered at once with `guards.foreseen`. */
  | { kind: 'foresee-guards'; ref: string; actions: ForeseenAction[] }
  /** The step ended without an effect: what it reserved is free again. */
  | { kind: 'return-reservation'; ref: string }
  | { kind: 'request-approval'; ref: string; request: ApprovalRequest }
  /** Escalation: more people may decide; the question stays the same. */
  | { kind: 'widen-approval'; ref: string; approvers: string[] }
  /** Those who are asked are told once more; the question stays the same. */
  | { kind: 'remind-approvers'; ref: string }
  | { kind: 'end-approval'; ref: string; outcome: 'expired' | 'cancelled' | 'superseded' | 'consumed' }
  | { kind: 'set-deadline'; ref: string; deadline: DeadlineKind; seq: number; atMs: number }
  | { kind: 'clear-deadlines'; ref: string; deadlines: DeadlineKind[] }
  | {
      kind: 'enqueue-attempt';
      ref: string;
      purpose: AttemptPurpose;
      number: number;
      rendered: RenderedAction;
      handle: JsonObject | null;
      timeoutMs: number;
      /** Absent: whenever a worker comes. */
      claimBeforeMs?: number;
      look?: Look;
    }
  | { kind: 'revoke-attempt'; ref: string }
  | { kind: 'open-task'; ref: string; task: NewTask }
  /** Settled by the target's own word, or by nobody's. */
  | { kind: 'end-task'; ref: string; state: TaskAnswer | 'unanswered'; by: 'target' | 'silence' }
  /** The run has been told to end: either answer now leads elsewhere. */
  | { kind: 'retell-task'; ref: string; follows: TaskCard['follows'] }
  | { kind: 'remember-facts'; ref: string; target: { kind: TargetKind; id: string }; facts: JsonObject }
  | { kind: 'finish-run'; outcome: RunOutcome; reason: string; outputs: JsonObject }
  /** Rows for a loop scope at `ref` and one scope per item; the loop is then sent `scope.begin`. */
  | { kind: 'open-loop'; ref: string; loop: LoopOrder; frame: Frame; items: LoopItem[] }
  /** One round of a `repeat`: a scope at `<ref>#<number>`, sent `scope.begin`. */
  | { kind: 'open-round'; ref: string; number: number; frame: Frame }
  /** By a loop: send `scope.begin` to its items from index `from` up to, not including, `to`. */
  | { kind: 'begin-items'; from: number; to: number }
  /** By a loop: send `scope.halt` to every item that was begun and is not ended; the others never begin. */
  | { kind: 'halt-items' }
  /** Send `scope.halt` to the loop or round that the step at `ref` opened. */
  | { kind: 'halt-scope'; ref: string }
  /** This scope (item, round, undo, loop) is over: keep the result, tell the parent. */
  | { kind: 'finish-scope'; result: ScopeResult }
  /** From an inner scope: tell the run `scope.stop`. */
  | { kind: 'stop-run'; outcome: RunOutcome; reason: string }
  | {
      kind: 'start-child';
      ref: string;
      playbook: string;
      digest: string;
      inputs: JsonObject;
      attach: boolean;
      mode: Mode;
    }
  | { kind: 'cancel-child'; ref: string; reason: string }
  /** Answered at once with `signal.arrived` for candidates of the last ten minutes, or since then, oldest first. */
  | {
      kind: 'subscribe';
      ref: string;
      type: TriggerType;
      key: { path: string; value: string } | null;
      sinceMs: number | null;
    }
  | { kind: 'unsubscribe'; ref: string }
  /** Answered at once with `undo.planned`. `steps` are runtime paths; a loop's path means all its items. */
  | { kind: 'plan-undo'; ref: string; steps: 'all' | string[] }
  /** Of a plan that comes to nothing: what it claimed can be taken back by others again. */
  | { kind: 'unplan-undo'; ref: string; records: string[] }
  /** Answered at once with `hold.released`. */
  | { kind: 'release-hold'; ref: string; recordId: string; asksFirst?: true }
  | {
      kind: 'settle-undo';
      ref: string;
      recordId: string;
      outcome: UndoOutcome | 'kept';
      /** Why it could not be taken back. */
      failure?: Failure;
      seen?: Seen;
    }
  /** The effect is about to be wanted: nobody else's undo may take it away meanwhile. */
  | { kind: 'want-hold'; ref: string; effect: string; target: { kind: TargetKind; id: string } }
  /** The effect did not come about after all. */
  | { kind: 'drop-hold'; ref: string }
  | { kind: 'record-undo'; ref: string; record: NewUndoRecord }
  | { kind: 'give-place' }
  /** Answered with `place.granted`, at once or when the group has a place. */
  | { kind: 'want-place' };

/** What a success leaves behind, so that it can be taken back; also the hold on its effect. */
export interface NewUndoRecord {
  stepName: string;
  generation: number;
  action: string;
  actionKey: string;
  connection: string;
  /** What it was called with; the target is asked with the same before it is taken back. */
  arguments: JsonObject;
  /** What the success told, in plain values; null when nobody saw it succeed. */
  left: JsonObject | null;
  target: { kind: TargetKind; id: string } | null;
  effect: string | null;
  /** `ours`: not there before. `found`: somebody else's. `unknown`: undo asks. */
  origin: 'ours' | 'found' | 'unknown';
  /** Key of `Plan.inverses` with rendered arguments, or why there is no way back. */
  inverse: RecordedInverse | { irreversible: string };
  lease: { untilMs: number; warnMs: number; atEnd: 'release' | 'ask' } | null;
  /** Runtime path of the loop whose items have no order among themselves, and how many of them at a time. */
  loop: { path: string; maxParallel: number } | null;
}

export interface LoopOrder {
  of: 'foreach' | 'undo';
  /** Plan path of the body its items run; `undo` for undo. */
  body: string;
  /** Consecutive items that may run side by side. */
  groups: { items: number; parallel: number }[];
  onItemError: 'continue' | 'stop';
  readsItems: boolean;
  collects: boolean;
}

export interface LimitQuestion {
  guardId: string;
  /** Names the budget: the same key is the same budget. */
  key: string;
  targets: number;
  perMs: number;
  onExceed: 'ask' | 'deny';
  message: string;
  /** Whom to ask beyond it; absent: whoever the author names. */
  terms?: AskTerms;
}

/** A playbook guard that said no, or could not be evaluated (an error denies). */
export interface GuardVerdict {
  guardId: string;
  message: string;
  /** Facts about the target that it reads and nobody has looked up. */
  missing?: string[];
}

export type RunOutcome = 'succeeded' | 'failed' | 'denied' | 'cancelled' | 'timed-out';

export type StepStatus = 'pending' | 'active' | 'skipped' | 'succeeded' | 'failed' | 'denied' | 'cancelled';

/** Finer than the status, for people: what an active step is doing right now. */
export type StepPhase =
  | 'asking'
  | 'held'
  | 'dispatched'
  | 'confirming'
  | 'reconciling'
  | 'backing-off'
  /** Nobody knows what became of the effect, and a person is asked. */
  | 'undecided'
  /** A `wait`. */
  | 'waiting'
  /** A wait is over and the run queues for its place in the group. */
  | 'queueing'
  /** Items, rounds, a child run or undos are at work. */
  | 'inside'
  | null;

export interface StepApproval {
  outcome: string;
  by: string[];
  comment: string;
  decidedAt: string | null;
  /** Of the gate or list in front of it; a question of its own is found by the step. */
  approvalId?: string;
}

/** What a step looks like in expressions, in the API and in the `steps` table. */
export interface StepView {
  status: StepStatus;
  phase: StepPhase;
  attempts: number;
  outputs: JsonObject;
  failure: Failure | null;
  denial: { by: 'person' | 'expiry' | 'guard'; reason: string } | null;
  approval: StepApproval | null;
  target: { kind: TargetKind; id: string } | null;
  simulated: boolean;
  startedAtMs: number | null;
  finishedAtMs: number | null;
}

/** What every pure decision returns. */
export interface Decided<Snapshot> {
  snapshot: Snapshot;
  commands: Command[];
  entries: EntryDraft[];
}
