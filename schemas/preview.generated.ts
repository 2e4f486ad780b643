/* Generated from preview.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

export type Undo = PreviewedUndoAction | PreviewedIrreversible;

/**
 * What `riposte run --dry-run --json` prints.
 */
export interface Preview {
  /**
   * A renamed field needs a new number.
   */
  schemaVersion: 1;
  playbook: PreviewedPlaybook;
  /**
   * Empty for a start by hand.
   */
  triggers: PreviewedTrigger[];
  runs: PreviewedRun[];
}
export interface PreviewedPlaybook {
  id: string;
  title: string;
  version: string;
  digest: string;
}
export interface PreviewedTrigger {
  playbookId: string;
  triggerId: string;
  outcome:
    | 'starts'
    | 'not-listening'
    | 'not-matched'
    | 'disabled'
    | 'expired'
    | 'routed-away'
    | 'own-doing'
    | 'loop'
    | 'error';
  code: string | null;
  detail: string;
  /**
   * `match` taken apart.
   */
  condition: Json;
  /**
   * `match` of the routing file.
   */
  routing: Json;
  /**
   * Why the index would not even have tried it.
   */
  ruledOut: Json;
  problems: ElementProblem[];
  /**
   * How many runs.
   */
  starts: number;
}
export interface ElementProblem {
  element: string;
  code: string;
  detail: string;
}
export interface PreviewedRun {
  trigger: string;
  element: string;
  inputs: PreviewedValue[];
  dedupe: Json;
  group: Json;
  /**
   * How many reads were really tried.
   */
  liveReads: number;
  mode: 'audit' | 'ask' | 'enforce';
  steps: PreviewedStep[];
  onFailure: PreviewedStep[];
  finally: PreviewedStep[];
  outputs: PreviewedValue[];
}
export interface PreviewedValue {
  name: string;
  known: boolean;
  /**
   * When it is not known: as written, with the known parts filled in.
   */
  value: Json;
  dependsOn: string[];
}
export interface PreviewedStep {
  /**
   * In the run, e.g. `run/sweep[m1]/quarantine`; `[…]` when the list is not known.
   */
  path: string;
  id: string;
  name: string;
  kind: string;
  does: 'read' | 'tell' | 'do' | 'ask' | 'undo' | 'wait' | 'call' | 'set' | 'stop' | 'block';
  /**
   * `maybe`: it depends on something that only the run finds out.
   */
  reached: 'yes' | 'maybe' | 'no';
  if: Json;
  about: string;
  action: Json;
  ask: Json;
  guards: PreviewedGuard[];
  undo: Json;
  takesBack: PreviewedTakenBack[];
  values: PreviewedValue[];
  /**
   * All keys of a known list.
   */
  items: string[] | null;
  fails: string | null;
  denied: string | null;
  onDenied: 'stop' | 'continue' | 'fail';
  onError: 'fail' | 'continue' | 'undo';
  notes: string[];
  blocks: PreviewedBlock[];
}
export interface PreviewedGuard {
  id: string;
  /**
   * Whose it is: written in the playbook, or the operator's.
   */
  of: 'playbook' | 'guardrails';
  verdict: 'allows' | 'denies' | 'open' | 'counts' | 'asks';
  message: string;
  dependsOn: string[];
  limit: Json;
}
export interface PreviewedTakenBack {
  path: string;
  /**
   * `maybe`: it depends on something that only the run finds out.
   */
  reached: 'yes' | 'maybe' | 'no';
  undo: Undo;
}
export interface PreviewedUndoAction {
  is: 'action';
  action: string;
  arguments: PreviewedValue[];
  leaseMs: number | null;
  atEnd: 'release' | 'ask' | null;
}
export interface PreviewedIrreversible {
  is: 'irreversible';
  reason: string;
}
export interface PreviewedBlock {
  role: 'then' | 'else' | 'case' | 'default' | 'branch' | 'item' | 'round' | 'child' | 'on_error';
  label: string;
  condition: Json;
  /**
   * `maybe`: it depends on something that only the run finds out.
   */
  reached: 'yes' | 'maybe' | 'no';
  steps: PreviewedStep[];
}
