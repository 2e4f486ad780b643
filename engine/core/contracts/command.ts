import type { ApprovalId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { ActionClass, Failure, TargetKind } from './action.ts';
import type { EntryDraft } from './entry.ts';

/*
 * What goes into a decision (facts in the past) and what comes out (orders). Both are plain data.
 * `ref` is always a step path. Names are stored in journals: renaming one breaks them.
 */

export type RunEvent =
  | { type: 'run.started' }
  | { type: 'run.cancel'; by: string; reason: string }
  | { type: 'guard.allowed'; ref: string }
  | { type: 'guard.ask'; ref: string; guardId: string; message: string }
  | { type: 'guard.denied'; ref: string; guardId: string; message: string }
  | { type: 'guard.held'; ref: string; message: string }
  | {
      type: 'approval.granted';
      ref: string;
      approvalId: ApprovalId;
      by: string[];
      comment: string;
      executeBeforeMs: number;
    }
  | { type: 'approval.denied'; ref: string; approvalId: ApprovalId; by: string; comment: string }
  | { type: 'action.succeeded'; ref: string; attempt: number; outputs: JsonObject; changed: boolean | null }
  | { type: 'action.accepted'; ref: string; attempt: number; handle: JsonObject; pollAfterMs: number }
  | { type: 'action.failed'; ref: string; attempt: number; failure: Failure }
  | { type: 'action.unknown'; ref: string; attempt: number; message: string }
  | { type: 'check.present'; ref: string; outputs: JsonObject }
  | { type: 'check.absent'; ref: string }
  | { type: 'check.in-transition'; ref: string; handle: JsonObject; pollAfterMs: number }
  | { type: 'check.unsettled'; ref: string; message: string }
  /** The queued attempt was taken back before any worker claimed it. */
  | { type: 'attempt.revoked'; ref: string }
  /** `claimed`: whether a worker owns the step's newest attempt at this moment. */
  | { type: 'deadline.passed'; ref: string; deadline: DeadlineKind; seq: number; claimed: boolean };

export type DeadlineKind =
  | 'expiry'
  | 'escalation'
  | 'deadline'
  | 'delay'
  | 'poll'
  | 'recheck'
  | 'run-timeout';

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
  separate: boolean;
  requireComment: 'never' | 'on_deny' | 'always';
  expiresAtMs: number;
  escalate: { seq: number; atMs: number; to: string[] }[];
  notify: string[];
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
  evidence: { label: string; value?: string; link?: string }[];
  falsepositives: string[];
  action: string;
  class: ActionClass;
  step: string;
  stepName: string;
  /** Set when some value could not be rendered in full: approving is off, denying stays possible. */
  unshowable: string | null;
}

export type AttemptPurpose = 'perform' | 'confirm' | 'check';

export type Command =
  | {
      kind: 'check-guards';
      ref: string;
      purpose: 'ask' | 'dispatch';
      rendered: RenderedAction;
      deny: GuardVerdict | null;
    }
  | { kind: 'request-approval'; ref: string; request: ApprovalRequest }
  /** Escalation: more people may decide; the question stays the same. */
  | { kind: 'widen-approval'; ref: string; approvers: string[] }
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
    }
  | { kind: 'revoke-attempt'; ref: string }
  | { kind: 'remember-facts'; ref: string; target: { kind: TargetKind; id: string }; facts: JsonObject }
  | { kind: 'finish-run'; outcome: RunOutcome; reason: string; outputs: JsonObject };

/** A playbook guard that said no, or could not be evaluated (an error denies). */
export interface GuardVerdict {
  guardId: string;
  message: string;
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
  | null;

/** What a step looks like in expressions, in the API and in the `steps` table. */
export interface StepView {
  status: StepStatus;
  phase: StepPhase;
  attempts: number;
  outputs: JsonObject;
  failure: Failure | null;
  denial: { by: 'person' | 'expiry' | 'guard'; reason: string } | null;
  approval: { outcome: string; by: string[]; comment: string; decidedAt: string | null } | null;
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
