/* Generated from routing-v1.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * Which playbook looks at an event, in which order and how boldly. It narrows what triggers let through and never widens it.
 */
export interface RoutingFile {
  /**
   * First key of the file.
   */
  kind: 'routing/v1';
  /**
   * Playbooks that are not listed keep their triggers as they are and look last.
   *
   * @maxItems 10000
   */
  playbooks: Entry[];
}
export interface Entry {
  /**
   * A published playbook.
   */
  id: string;
  /**
   * Lower ones look first; equals by id. Default 1000.
   */
  order?: number;
  /**
   * `false`: no event starts it.
   */
  enabled?: boolean;
  /**
   * After this day (UTC) no event starts it.
   */
  expires?: string;
  /**
   * CEL, boolean; sees `alert`. Has to be true beside the trigger's own.
   */
  match?: string;
  /**
   * The boldest mode its runs may have; never raises the playbook's own.
   */
  mode?: 'audit' | 'ask' | 'enforce';
}
