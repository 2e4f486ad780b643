import type { Finding } from '../../engine/core/approval/judge-review.ts';
import type { PasskeyProof } from '../../engine/core/approval/passkey-proof.ts';
import type { CasesText } from '../../engine/core/cases/play-published.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import type { Wish } from '../../engine/runtime/audit/order-ground.ts';
import type { BacktestAnswer, BacktestInput } from '../../engine/runtime/backtest-playbook.ts';
import type { AlertExplanation } from '../../engine/runtime/explain-alert.ts';
import type { OrderProof } from '../../engine/runtime/identity/prove-order.ts';
import type { OrderAnswer } from '../../engine/runtime/order-audit.ts';
import type { PlanAnswer, PlanInput } from '../../engine/runtime/plan-on-alert.ts';
import type { PublishedCases } from '../../engine/runtime/publish-cases.ts';
import type { HeldAnswer } from '../../engine/runtime/settle-held.ts';
import type { Narrowing } from '../../engine/runtime/store/queries/undo-records.ts';
import type { UndoIncidentAnswer } from '../../engine/runtime/undo-incident.ts';
import type { Code } from '../../schemas/codes.ts';
import type { AlertId, ApprovalId, PersonId, RunId, TaskId, TenantId, UndoId } from '../../schemas/ids.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';

/*
 * What the doors ask the engine to do. The process that wires everything hands in the value; a
 * route calls exactly one of these and shapes the answer.
 */

/** Who asks, through which door. */
export interface Caller {
  tenant: TenantId;
  kind: 'person' | 'service';
  /** A source that proved itself by a signature over this one message: it has no rights, and stands as such in entries. */
  signed?: true;
  /** `per_…`, `tok_…`, `<issuer>#<subject>` or `webhook:<playbook>/<trigger>`. */
  id: string;
  name: string;
  roles: string[];
  groups: string[];
  personId: PersonId | null;
  channel: 'api' | 'cli' | 'console';
  requestId: string;
  tokenId?: string;
  /** Of a session: what it is known by in the store. */
  sessionHash?: string;
  /** Of a token of another issuer. */
  untilMs?: number;
  /** Of a session: when its person proved who they are. */
  signedInAt?: string;
}

export type WebhookAnswer = { ok: true; signalId: string; duplicate: boolean } | Refusal;

export interface UseCases {
  /** `body`: a normalised alert or a Graph alerts_v2 alert, told apart by source and shape. */
  acceptAlert(
    caller: Caller,
    input: { source: string; body: Json },
  ): Promise<{ ok: true; alertId: AlertId; duplicate: boolean } | Refusal>;
  /** `version`: the one the caller saw. */
  changeIncident(
    caller: Caller,
    input: {
      id: string;
      version: number;
      change: { status?: string; classification?: string; owner?: string };
    },
  ): Promise<{ ok: true; version: number } | Refusal>;
  receiveWebhook(
    caller: Caller,
    input: {
      playbookId: string;
      triggerId: string;
      body: Json;
      messageId: string | null;
      sentAtMs: number | null;
      signed: boolean;
    },
  ): Promise<WebhookAnswer>;
  /** `version`: the one the caller saw; 0 when there was none. */
  publishRouting(
    caller: Caller,
    input: { source: string; file: string; version: number },
  ): Promise<
    | { ok: true; version: number; unchanged: boolean; diagnostics: Diagnostic[] }
    | (Refusal & { diagnostics: Diagnostic[] })
  >;
  /** `version`: the one in force that the caller saw; 0 when there was none. */
  publishGuardrails(
    caller: Caller,
    input: { source: string; file: string; version: number },
  ): Promise<GuardrailsAnswer>;
  /** Withdrawn by their author, rejected by anybody else. */
  dropGuardrails(caller: Caller, input: { digest: string; reason: string }): Promise<GuardrailsAnswer>;
  confirmGuardrails(caller: Caller, input: { digest: string }): Promise<GuardrailsAnswer>;
  publishPlaybook(
    caller: Caller,
    input: { id: string; source: string; file: string; cases?: CasesText },
  ): Promise<
    | {
        ok: true;
        version: number;
        digest: string;
        unchanged: boolean;
        diagnostics: Diagnostic[];
        /** Null where none came along. */
        cases: PublishedCases | null;
      }
    | (Refusal & { diagnostics: Diagnostic[] })
  >;
  /** The newest cases of a version once more, with what is installed now. */
  playCases(caller: Caller, input: { playbookId: string; version: number }): Promise<{ ok: true } | Refusal>;
  checkPlaybook(
    source: string,
    file: string,
  ): Promise<{ ok: boolean; diagnostics: Diagnostic[]; digest?: string }>;
  /** What it would do about one alert. Changes nothing. */
  planPlaybook(caller: Caller, input: PlanInput): Promise<PlanAnswer>;
  /** Which playbooks would start for an alert now, and why others would not. Changes nothing. */
  explainAlert(caller: Caller, alertId: string): Promise<AlertExplanation>;
  /** What it would have done about those of the last weeks. Changes nothing. */
  backtestPlaybook(caller: Caller, input: BacktestInput): Promise<BacktestAnswer>;
  setPlaybookEnabled(
    caller: Caller,
    input: { id: string; enabled: boolean },
  ): Promise<{ ok: true } | Refusal>;
  startRun(
    caller: Caller,
    input: {
      playbookId: string;
      target?: { kind: string; id: string; name?: string };
      inputs?: JsonObject;
      /** More careful than the playbook's own. */
      mode?: 'audit' | 'ask' | 'enforce';
      /** A name of this start: whoever starts again under it finds the run. Without one every start is another run. */
      once?: string;
    },
  ): Promise<{ ok: true; runId: RunId; state: string } | Refusal>;
  cancelRun(
    caller: Caller,
    input: { runId: RunId; reason: string; undo: boolean },
  ): Promise<{ ok: true } | Refusal>;
  /** Takes back what an ended run did; `steps` null means all of it. */
  undoRun(
    caller: Caller,
    input: { runId: RunId; reason: string; steps: readonly string[] | null; only?: Narrowing },
  ): Promise<{ ok: true; records: number } | Refusal>;
  /** Takes back what the ended runs of an incident did. */
  undoIncident(
    caller: Caller,
    input: { id: string; reason: string; only: Narrowing },
  ): Promise<UndoIncidentAnswer>;
  /** Takes one record back; `overwrite` names the changed state that the inverse is ordered over. */
  undoRecord(
    caller: Caller,
    input: { recordId: UndoId; overwrite: string | null; reason: string },
  ): Promise<{ ok: true; runId: string } | Refusal>;
  /** Closes a record that could not be taken back, or whose target was changed since. */
  leaveAsIs(
    caller: Caller,
    input: { recordId: UndoId; reason: string },
  ): Promise<{ ok: true; runState: string | null } | Refusal>;
  /** Lets a containment stand longer. */
  renewLease(
    caller: Caller,
    input: { recordId: UndoId; until: { forMs: number } | { untilMs: number }; reason: string },
  ): Promise<{ ok: true; until: string } | Refusal>;
  /** A new run that takes up an ended one at a failed or denied step. */
  restartStep(
    caller: Caller,
    input: { runId: RunId; step: string; reason: string },
  ): Promise<{ ok: true; runId: RunId; repeated: boolean } | Refusal>;
  decideApproval(
    caller: Caller,
    input: {
      approvalId: ApprovalId;
      decision: 'approve' | 'deny';
      digest: string;
      comment: string | null;
      /** Of the question as it was read; absent: the first yes. */
      round?: number;
    },
    /** The caller's own key signed this question. Beside the input, which is what somebody sent. */
    proof?: PasskeyProof,
  ): Promise<
    | {
        ok: true;
        state: 'pending' | 'granted' | 'denied';
        votes: number;
        quorum: number;
        repeated: boolean;
        stands: boolean;
      }
    | Refusal
  >;
  /** `next` is the question that took its place; null when nothing is asked for now. */
  editApproval(
    caller: Caller,
    input: { approvalId: ApprovalId; values: JsonObject; digest: string; comment: string | null },
  ): Promise<{ ok: true; next: { id: string; digest: string; expiresAt: string } | null } | Refusal>;
  /** Decides alone, in place of all who are asked. */
  breakGlass(
    caller: Caller,
    input: { approvalId: ApprovalId; digest: string; reason: string },
    /** The caller's own key signed what they decide, and why. */
    proof?: PasskeyProof,
  ): Promise<{ ok: true; repeated: boolean } | Refusal>;
  reviewBreakGlass(
    caller: Caller,
    input: { approvalId: ApprovalId; finding: Finding; comment: string },
  ): Promise<{ ok: true; repeated: boolean } | Refusal>;
  /** Takes the caller's yes back while the quorum is open. */
  withdrawApproval(
    caller: Caller,
    input: { approvalId: ApprovalId; comment: string | null; round?: number },
  ): Promise<{ ok: true; votes: number; quorum: number; round: number; repeated: boolean } | Refusal>;
  extendApproval(
    caller: Caller,
    input: { approvalId: ApprovalId },
  ): Promise<{ ok: true; expiresAt: string } | Refusal>;
  /** What became of an effect that nobody knew about, or that the target is to be asked again. */
  answerTask(
    caller: Caller,
    input: { taskId: TaskId; answer: 'happened' | 'did-not-happen' | 'ask'; proof: string; digest: string },
  ): Promise<{ ok: true; state: 'happened' | 'did-not-happen' | 'asking' } | Refusal>;
  /** One word about some of what a budget holds; each is judged by itself. */
  decideHeld(
    caller: Caller,
    input: {
      budget: string;
      decision: 'approve' | 'deny';
      comment: string | null;
      approvals: readonly { id: ApprovalId; digest: string; round?: number }[];
    },
  ): Promise<HeldAnswer[]>;
  /** `version`: another one as soon as the card has something else on it that people did. */
  viewedApproval(caller: Caller, input: { approvalId: ApprovalId; version: string }): Promise<void>;
  /** Nothing begins and nothing is sent any more. */
  setPause(caller: Caller, input: { reason: string }): Promise<{ ok: true; generation: number } | Refusal>;
  /** `generation`: of the pause that the caller saw. */
  liftPause(
    caller: Caller,
    input: { reason: string; generation: number },
  ): Promise<{ ok: true; state: 'lifted' | 'needs-second-person' } | Refusal>;
  setStop(caller: Caller, input: StopInput): Promise<{ ok: true; generation: number } | Refusal>;
  /** `generation`: of the stop that the caller saw. */
  clearStop(
    caller: Caller,
    input: StopInput & { generation: number },
  ): Promise<{ ok: true; state: 'cleared' | 'needs-second-person' } | Refusal>;
  /** `error`: what a test met; null when it was taken, and for every other change. */
  changeStream(
    caller: Caller,
    change:
      | { kind: 'create'; stream: NewStreamInput }
      | { kind: 'remove' | 'pause' | 'resume' | 'test'; id: string },
  ): Promise<{ ok: true; error: string | null } | Refusal>;
  /** `asked`: no worker has answered yet. `id`: `<system>.<connection>`. */
  testConnection(
    caller: Caller,
    input: { id: string },
  ): Promise<{ ok: true; state: 'tested' | 'asked' } | (Refusal & { waitSeconds?: number })>;
  /** `oldUntil`: until when links of earlier keys work; null when none does. */
  changeLinkKey(
    caller: Caller,
    input: { revoke: boolean },
  ): Promise<{ ok: true; key: number; oldUntil: string | null } | Refusal>;
  /** `log`: an earlier one, else the newest. */
  verifyAudit(caller: Caller, log: string | null): Promise<Verification>;
  /** The first of two people: what is done about a log that is held. */
  proposeAuditOrder(caller: Caller, input: { wish: AuditWish; reason: string }): Promise<OrderAnswer>;
  /** The first one signs what the proposal came to with their passkey. */
  signAuditOrder(caller: Caller, input: { digest: string }, proof: OrderProof): Promise<OrderAnswer>;
  /** The second one, about exactly what the digest names. `proof`: their passkey has signed it. */
  confirmAuditOrder(
    caller: Caller,
    input: { digest: string },
    proof?: OrderProof | null,
  ): Promise<OrderAnswer>;
}

/** How long texts are kept is no caller's word. */
export type AuditWish =
  | Exclude<Wish, { kind: 'truncation' }>
  | Omit<Extract<Wish, { kind: 'truncation' }>, 'retentionDays'>;

export type NewStreamInput = { id: string; url: string; types: string[] } & (
  | { kind: 'webhook'; secretName: string }
  | { kind: 'syslog' | 'json-lines'; authority: string | null }
);

export type GuardrailsAnswer =
  | {
      ok: true;
      state: 'in-force' | 'proposed' | 'unchanged' | 'withdrawn' | 'rejected';
      version: number;
      digest: string;
    }
  | (Refusal & { diagnostics: Diagnostic[] });

export interface StopInput {
  scope: 'everything' | 'system' | 'playbook';
  subject: string;
  reason: string;
}

export interface Refusal {
  ok: false;
  code: Code;
  detail: string;
  errors?: RefusalError[];
}

export interface RefusalError {
  pointer: string;
  code: string;
  detail: string;
  line?: number;
  column?: number;
}

/** What recomputing the log from its stored bytes found. */
export interface Verification {
  ok: boolean;
  log: string;
  /** Entries that were recomputed, and the root over them in hex. */
  size: number;
  root: string;
  /** As the database names them, each handed over by the one before: whoever owns it may have signed all of it anew. */
  keys: string[];
  /** The newest signed checkpoint that was compared; null when there is none yet. */
  checkpoint: { size: number; root: string; note: string | null } | null;
  /** Entries that have no index yet. */
  pending: number;
  /** About the log, as they were done, and those of them that two passkeys did not sign. */
  orders: { done: number; unsigned: number };
  problems: { code: Code; index: number | null; detail: string }[];
}
