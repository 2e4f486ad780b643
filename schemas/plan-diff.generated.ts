/* Generated from plan-diff.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * What `riposte diff --json` prints and `GET /v1/playbooks/{id}/diff` answers.
 */
export interface PlanDiff {
  /**
   * A renamed field needs a new number.
   */
  schemaVersion: 1;
  counts: PlanDiffCounts;
  playbooks: ComparedPlaybook[];
}
export interface PlanDiffCounts {
  bolder: number;
  careful: number;
  neutral: number;
}
export interface ComparedPlaybook {
  id: string;
  /**
   * File, or `<playbook>@<number>` of a published version; null when there is none.
   */
  before: string | null;
  after: string | null;
  /**
   * Both compile to the same plan.
   */
  sameMeaning: boolean;
  changes: PlanChange[];
}
export interface PlanChange {
  /**
   * Stable word, e.g. `approval-removed`.
   */
  kind: string;
  /**
   * `careful`: it asks or bounds more than before.
   */
  risk: 'bolder' | 'careful' | 'neutral';
  what: string;
  /**
   * Step path or field of the plan.
   */
  path: string;
  /**
   * Line in the first file; null when it is not there.
   */
  before: number | null;
  after: number | null;
}
