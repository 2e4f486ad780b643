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

export const compilerVersion = 1;

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
  denyIf: string;
  message: string;
}

export type OnDenied = 'stop' | 'continue' | 'fail';

export interface PlanOnError {
  /** Steps that run with `failure` visible, before `then` applies. */
  steps: PlanStep[];
  then: 'fail' | 'continue';
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
}

export interface ActionStep extends StepBase {
  kind: 'action';
  action: {
    key: string;
    /** Full version at compile time; the major is what the playbook asked for. */
    version: string;
    title: string;
    class: ActionClass;
    input: JsonObject;
    output: JsonObject;
    target: { argument: string; kind: TargetKind } | null;
    effect: string | null;
    effectSentence: string;
    idempotent: Idempotency;
    inverse: Inverse;
    /** Example outputs that stand in for effects in `audit` mode. */
    example: JsonObject;
    facts: { [fact: string]: string };
    canCheck: boolean;
  };
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

export type PlanStep = ActionStep | ApprovalStep | IfStep | SwitchStep | SetStep | StopStep | ParallelStep;

export type StepKind = PlanStep['kind'];

/** Where each step path and plan field stands in the source, 1-based. */
export interface PlanPositions {
  [pathOrPointer: string]: { line: number; column: number };
}
