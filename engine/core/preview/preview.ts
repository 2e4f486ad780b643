import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { ActionClass, TargetKind } from '../contracts/action.ts';
import type { Mode, OnDenied, PlanStep } from '../contracts/plan.ts';

/*
 * What a dry run shows: the steps of a plan with everything that is known before it begins. Shapes
 * only; the published form is `schemas/preview.schema.json`.
 */

/** `maybe`: it depends on something that only the run finds out. */
export type Reached = 'yes' | 'maybe' | 'no';

export interface PreviewCondition {
  text: string;
  outcome: 'true' | 'false' | 'error' | 'open';
  dependsOn: string[];
  /** Why it fails; empty otherwise. */
  message: string;
}

/** A value, or how far it is known. */
export interface PreviewValue {
  name: string;
  known: boolean;
  /** When it is not known: as written, with the known parts filled in. */
  value: Json;
  dependsOn: string[];
}

export interface PreviewAction {
  key: string;
  version: string;
  class: ActionClass;
  title: string;
  connection: string | null;
  arguments: PreviewValue[];
  target: { kind: TargetKind; id: PreviewValue } | null;
  /** Mode `audit`: written down instead of done. */
  simulated: boolean;
  /** What a live read answered; null when it was not asked. */
  found: JsonObject | null;
}

export interface PreviewAsk {
  /** `sometimes`: the condition is open. `covered`: a gate in front has asked already. */
  asks: 'yes' | 'sometimes' | 'no' | 'covered';
  /** Who wants it asked. */
  because: 'playbook' | 'mode' | 'gate';
  condition: PreviewCondition | null;
  question: PreviewValue | null;
  approvers: string[];
  quorum: number;
  separate: boolean;
  expiresMs: number;
  escalate: { afterMs: number; to: string[] }[];
  /** Keys of the list that one yes is for; null when it is about one thing, or the list is not known. */
  list: string[] | null;
  /** Steps that a gate covers. */
  covers: string[];
  /** What a no, and silence, does. */
  onDenied: OnDenied;
}

export interface PreviewGuard {
  id: string;
  /** Whose it is: written in the playbook, or the operator's. */
  of: 'playbook' | 'guardrails';
  /** `asks`: people, whatever the playbook says; only the operator's guardrails do. */
  verdict: 'allows' | 'denies' | 'open' | 'counts' | 'asks';
  message: string;
  dependsOn: string[];
  limit: { targets: number; perMs: number; scope: string; onExceed: 'ask' | 'deny' } | null;
}

export type PreviewUndo =
  | {
      is: 'action';
      action: string;
      arguments: PreviewValue[];
      leaseMs: number | null;
      atEnd: 'release' | 'ask' | null;
    }
  | { is: 'irreversible'; reason: string };

export interface PreviewBlock {
  role: 'then' | 'else' | 'case' | 'default' | 'branch' | 'item' | 'round' | 'child' | 'on_error';
  label: string;
  condition: PreviewCondition | null;
  reached: Reached;
  steps: PreviewStep[];
}

export interface PreviewStep {
  /** Path in the run, e.g. `run/sweep[m1]/quarantine`; `[…]` when the list is not known. */
  path: string;
  id: string;
  name: string;
  kind: PlanStep['kind'];
  does: 'read' | 'tell' | 'do' | 'ask' | 'undo' | 'wait' | 'call' | 'set' | 'stop' | 'block';
  reached: Reached;
  if: PreviewCondition | null;
  /** In a few words, what a block, a wait, a call or a stop is about. */
  about: string;
  action: PreviewAction | null;
  ask: PreviewAsk | null;
  guards: PreviewGuard[];
  undo: PreviewUndo | null;
  /** What an undo step would take back, in order. */
  takesBack: { path: string; reached: Reached; undo: PreviewUndo }[];
  values: PreviewValue[];
  /** All keys of a known list, also of those elements that are not shown one by one. */
  items: string[] | null;
  /** It certainly fails, and why. */
  fails: string | null;
  /** A guard certainly denies it, and why. */
  denied: string | null;
  /** What a no leads to, of a person or of a guard. */
  onDenied: OnDenied;
  /** What follows a failure: `continue`, `fail` or `undo`. */
  onError: 'fail' | 'continue' | 'undo';
  notes: string[];
  blocks: PreviewBlock[];
}

export interface PreviewTree {
  mode: Mode;
  steps: PreviewStep[];
  onFailure: PreviewStep[];
  finally: PreviewStep[];
  outputs: PreviewValue[];
}
