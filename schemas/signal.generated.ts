/* Generated from signal.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

/**
 * What reaches a `wait`: `signal` in its `match`, and `steps.<id>.outputs.signal` afterwards. Exactly one of the other fields is there, by the type. Names are snake_case because in expressions a hyphen is a minus sign.
 */
export interface Signal {
  /**
   * The same words as trigger types.
   */
  type:
    'alert.created' | 'alert.updated' | 'incident.created' | 'incident.updated' | 'run.failed' | 'webhook';
  /**
   * For alert.created and alert.updated: the normalised alert, as in alert.schema.json.
   */
  alert?: {};
  incident?: Incident;
  run?: Run;
  /**
   * For webhook: the body as it came.
   */
  body?: Json;
}
/**
 * For incident.created and incident.updated. Texts that the source does not give are empty.
 */
export interface Incident {
  /**
   * The connection that delivered it, as `alert.source`: two sources may give the same id.
   */
  source: string;
  /**
   * The id the source gave it.
   */
  id: string;
  title: string;
  severity: string;
  /**
   * As the source says it; `resolved` when it is closed.
   */
  status: string;
  /**
   * What people decided it was.
   */
  classification: 'true_positive' | 'false_positive' | 'benign' | 'unknown';
  /**
   * Who works on it in the source; empty if nobody.
   */
  owner: string;
}
/**
 * For run.failed: a run of any playbook that did not end well.
 */
export interface Run {
  id: string;
  /**
   * Its id.
   */
  playbook: string;
  state: string;
  reason: string;
}
