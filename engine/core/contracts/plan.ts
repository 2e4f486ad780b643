import type { JsonObject } from '../../../schemas/json.ts';
import type { ActionClass, Idempotency, Inverse, TargetKind } from './action.ts';
import type { Template } from './template.ts';

/*
 * The compiled playbook: plain JSON, printable, golden-tested. Machine, audit, API and undo
 * read the plan, never the YAML and never machine internals. Everything a run needs is in it,
 * so a run pinned to its digest never changes. Expressions are kept as their text; positions
 * live beside the plan (`PlanPositions`) and are not part of the digest.
 *
 * Fields are stored: renaming one breaks pinned runs and needs a new `compilerVersion`.
 */

export const compilerVersion = 2;

export type Mode = 'audit' | 'ask' | 'enforce';
export type Lifecycle = 'experimental' | 'test' | 'stable' | 'deprecated';

export interface Plan {
  compilerVersion: number;
  playbook: {
    id: string;
    title: string;
    description: string;
    version: string;
    status: Lifecycle;
    author: string;
    owner: string | null;
    tags: string[];
    references: string[];
    falsepositives: string[];
  };
  mode: Mode;
  /** Strongest class that can be reached; derived, never authored. */
  impact: ActionClass;
  triggers: PlanTrigger[];
  inputs: PlanInput[];
  vars: { name: string; value: Template }[];
  dedupe: { key: Template; windowMs: number; onDuplicate: 'attach' | 'skip' } | null;
  concurrency: { group: Template; limit: number; onConflict: 'queue' | 'skip' } | null;
  timeoutMs: number;
  guards: PlanGuard[];
  steps: PlanStep[];
  onFailure: PlanStep[];
  finally: PlanStep[];
  outputs: { [name: string]: Template };
  /** Actions that take something back, by `key@major`: pinned here because undo must work when the registry has moved on. Those of called playbooks included. */
  inverses: { [key: string]: PlanAction };
  /** Called playbooks by id, pinned to the digest that was current when this one was compiled. */
  children: { [playbookId: string]: PlanChild };
}

export interface PlanChild {
  digest: PlanDigest;
  title: string;
  version: string;
  inputs: PlanInput[];
  /** Strongest class the child can reach, its own children included. */
  impact: ActionClass;
  /** Set when it, or a child of its own, has an effect that must not happen twice; left out otherwise. */
  once?: true;
  /** Schemas of the outputs that hold a `number` by what it declares (7.4), of which no more is kept than that. */
  numbers?: { [output: string]: JsonObject };
}

/** Plan digest: `sha256:` + hex of SHA-256 over the RFC 8785 form of the plan. */
export type PlanDigest = string;

export type TriggerType =
  | 'alert.created'
  | 'alert.updated'
  | 'incident.created'
  | 'incident.updated'
  | 'run.failed'
  | 'schedule'
  | 'webhook'
  | 'manual';

export interface PlanTrigger {
  id: string;
  type: TriggerType;
  match: string | null;
  each: string | null;
  /** Name of the element in `inputs.*.from`. */
  as: string;
  enabled: boolean;
  /** `YYYY-MM-DD`; ignored from the next day (UTC) on. */
  expires: string | null;
  /** Manual only: target kinds it is offered for, and who may start it. */
  targets: TargetKind[];
  allow: string[];
  /** Schedule only: five fields, and an IANA zone (default UTC). */
  cron: string | null;
  timezone: string;
  /** What `match` demands of the event, read off its conjunctions, so that matching need not try every trigger. */
  needs: IndexedNeed[];
}

/** The event's value at `path` must be one of `values`; e.g. `alert.category` in ["ransomware"]. */
export interface IndexedNeed {
  path: string;
  values: string[];
}

export interface PlanInput {
  name: string;
  schema: JsonObject;
  required: boolean;
  default: JsonObject[string] | null;
  /** By trigger id; `*` serves every trigger. */
  from: { [triggerId: string]: Template };
}

export interface PlanGuard {
  id: string;
  /** Action classes, action keys or step ids. */
  appliesTo: string[];
  /** Exactly one of `denyIf` and `limit`. */
  denyIf: string | null;
  limit: PlanLimit | null;
  message: string;
}

export interface PlanLimit {
  targets: number;
  perMs: number;
  scope: 'run' | 'playbook' | 'system';
  onExceed: 'ask' | 'deny';
}

export type OnDenied = 'stop' | 'continue' | 'fail';

export interface PlanOnError {
  /** Steps that run with `failure` visible, before `then` applies. */
  steps: PlanStep[];
  then: 'fail' | 'continue' | 'undo';
}

interface StepBase {
  /** Author's id, or a positional one such as `if#3` that expressions cannot name. */
  id: string;
  /** Step path: scope path plus id, e.g. `run/isolate`. Unique in the plan. */
  path: string;
  name: string;
  if: string | null;
  onError: PlanOnError;
  onDenied: OnDenied;
}

export interface PlanRetry {
  maxAttempts: number;
  backoff: 'exponential' | 'fixed';
  initialMs: number;
  maxMs: number;
  /** Failure codes without their station, e.g. `throttled`. */
  on: string[];
}

export interface PlanApproval {
  /** Null: always ask. */
  when: string | null;
  ask: Template | null;
  why: Template | null;
  evidence: { label: string; value?: Template; link?: Template }[];
  /** `user:`, `group:`, `role:`, `oncall:`. */
  approvers: string[];
  quorum: number;
  separate: boolean;
  expiresMs: number;
  escalate: { afterMs: number; to: string[] }[];
  requireComment: 'never' | 'on_deny' | 'always';
  notify: string[];
  /** Arguments an approver may change before granting. */
  editable: string[];
}

/** An action as pinned by the compiler: everything a run needs of its manifest. */
export interface PlanAction {
  key: string;
  /** Full version at compile time; the major is what the playbook asked for. */
  version: string;
  title: string;
  class: ActionClass;
  input: JsonObject;
  output: JsonObject;
  target: { argument: string; kind: TargetKind; source?: string } | null;
  effect: string | null;
  effectSentence: string;
  idempotent: Idempotency;
  inverse: Inverse;
  /** Example outputs that stand in for effects in `audit` mode. */
  example: JsonObject;
  facts: { [fact: string]: string };
  canCheck: boolean;
  timeoutMs: number;
}

export interface PlanLease {
  forMs: number;
  warnMs: number;
  atEnd: 'release' | 'ask';
}

/** How a success of this step is taken back. */
export type PlanRollback =
  /** The action's own inverse, with the arguments its manifest maps. */
  | { kind: 'default' }
  /** Deliberately nothing; the record then reads `irreversible`. */
  | { kind: 'none' }
  /** `action` is a key of `Plan.inverses`; `with` sees the step's own outputs. */
  | { kind: 'action'; action: string; with: { [argument: string]: Template } };

export interface ActionStep extends StepBase {
  kind: 'action';
  action: PlanAction;
  /** Null: the only connection of the system. */
  connection: string | null;
  with: { [argument: string]: Template };
  timeoutMs: number;
  deadlineMs: number;
  retry: PlanRetry;
  /** Null: not asked unless mode or a guard demands it; then `fallbackApproval` applies. */
  approval: PlanApproval | null;
  /** What is asked when mode `ask` demands an approval that the author did not write. */
  fallbackApproval: PlanApproval;
  mask: string[];
  lease: PlanLease | null;
  rollback: PlanRollback;
}

export interface ApprovalStep extends StepBase {
  kind: 'approval';
  approval: PlanApproval;
  /** Paths of the action steps whose rendered form is part of the digest. */
  covers: string[];
}

export interface IfStep extends StepBase {
  kind: 'if';
  then: PlanStep[];
  else: PlanStep[] | null;
}

export interface SwitchStep extends StepBase {
  kind: 'switch';
  cases: { when: string; steps: PlanStep[] }[];
  default: PlanStep[] | null;
}

export interface SetStep extends StepBase {
  kind: 'set';
  values: { [name: string]: Template };
}

export interface StopStep extends StepBase {
  kind: 'stop';
  outcome: 'succeeded' | 'failed' | 'denied';
  reason: Template;
}

export interface ParallelStep extends StepBase {
  kind: 'parallel';
  /** In document order. */
  branches: { name: string; steps: PlanStep[] }[];
  join: 'all' | 'settle' | 'any';
}

export interface ForeachStep extends StepBase {
  kind: 'foreach';
  list: string;
  as: string;
  /** Null: the index is the key (only where no item acts on a target). */
  key: string | null;
  maxItems: number;
  maxParallel: number;
  onItemError: 'continue' | 'stop';
  collect: Template | null;
  approval: PlanApproval | null;
  /** Asked when mode `ask` demands an approval for the whole list and the author wrote none. */
  fallbackApproval: PlanApproval;
  /** Some expression reads `steps.<id>.items`; otherwise the results stay in their rows. */
  readsItems: boolean;
  /** A scope of its own per item. */
  steps: PlanStep[];
}

export interface RepeatStep extends StepBase {
  kind: 'repeat';
  until: string;
  max: number;
  everyMs: number;
  /** A scope of its own per round. */
  steps: PlanStep[];
}

export interface WaitStep extends StepBase {
  kind: 'wait';
  wait:
    | { for: 'duration'; ms: number }
    | { for: 'instant'; until: Template }
    | {
        for: 'signal';
        type: Exclude<TriggerType, 'schedule' | 'manual'>;
        match: string | null;
        /**
         * A part `signal.<path> == <expr>` of `match`, by which the wait is looked up instead of tried. `path` is below
         * `signal`; `hosts[].id` is that of any item.
         */
        key: { path: string; expr: string } | null;
        /** What came since the run began is looked at first; without it what came in the last ten minutes. */
        since?: 'run';
        timeoutMs: number;
        onTimeout: 'continue' | 'fail';
      };
}

export interface CallStep extends StepBase {
  kind: 'call';
  /** A key of `Plan.children`. */
  playbook: string;
  with: { [input: string]: Template };
  attach: boolean;
  approval: PlanApproval | null;
  fallbackApproval: PlanApproval;
}

export interface UndoStep extends StepBase {
  kind: 'undo';
  /** Plan paths of the steps to take back; `all`: everything of this run and its attached children. */
  steps: 'all' | string[];
  reason: Template;
  approval: PlanApproval | null;
  fallbackApproval: PlanApproval;
}

export type PlanStep =
  | ActionStep
  | ApprovalStep
  | IfStep
  | SwitchStep
  | SetStep
  | StopStep
  | ParallelStep
  | ForeachStep
  | RepeatStep
  | WaitStep
  | CallStep
  | UndoStep;

export type StepKind = PlanStep['kind'];

/** Where each step path and plan field stands in the source, 1-based. */
export interface PlanPositions {
  [pathOrPointer: string]: { line: number; column: number };
}
