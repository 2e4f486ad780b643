/* Generated from explanation.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

/**
 * What `riposte explain --alert --json` prints.
 */
export interface Explanation {
  /**
   * A renamed field needs a new number.
   */
  schemaVersion: 1;
  /**
   * How many runs the alert would start in all.
   */
  starts: number;
  /**
   * Those that start something first.
   */
  triggers: ExplainedTrigger[];
}
export interface ExplainedTrigger {
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
  runs: ExplainedRun[];
}
export interface ElementProblem {
  element: string;
  code: string;
  detail: string;
}
export interface ExplainedRun {
  element: string;
  inputs: {};
  mode: 'audit' | 'ask' | 'enforce';
  dedupeKey: string | null;
  group: string | null;
}
