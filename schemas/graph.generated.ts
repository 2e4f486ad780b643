/* Generated from graph.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * What `riposte graph --json` prints: the plan as people draw it.
 */
export interface Graph {
  /**
   * A renamed field needs a new number.
   */
  schemaVersion: 1;
  playbook: DrawnPlaybook;
  /**
   * What starts it, e.g. `alert.created`.
   */
  starts: string[];
  steps: DrawnStep[];
  onFailure: DrawnStep[];
  finally: DrawnStep[];
  /**
   * With `--run`: the state of each step by path; empty otherwise.
   */
  states: {
    [k: string]: string;
  };
}
export interface DrawnPlaybook {
  id: string;
  title: string;
  version: string;
}
export interface DrawnStep {
  id: string;
  path: string;
  name: string;
  kind: string;
  /**
   * Only of actions.
   */
  class: string | null;
  /**
   * In a few words.
   */
  does: string;
  if: string | null;
  asks: 'always' | 'sometimes' | 'never';
  /**
   * What follows when it has failed and its error steps are done.
   */
  afterError: 'fail' | 'continue' | 'undo';
  blocks: DrawnBlock[];
}
export interface DrawnBlock {
  role: 'then' | 'else' | 'case' | 'default' | 'branch' | 'items' | 'rounds' | 'on_error';
  label: string;
  steps: DrawnStep[];
}
