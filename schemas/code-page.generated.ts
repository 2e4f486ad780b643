/* Generated from code-page.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * What `riposte explain <code> --json` prints.
 */
export interface CodePageReport {
  schemaVersion: 1;
  code: string;
  /**
   * One line.
   */
  summary: string;
  /**
   * How bad it is, for findings of `riposte check` and `riposte test`.
   */
  severity?: 'error' | 'warning' | 'info';
  /**
   * What it means and why it exists, in paragraphs.
   */
  why: string;
  /**
   * What to do about it.
   */
  help: string;
  /**
   * The files of the wrong example: parts of a playbook, a file of cases, an alert.
   */
  avoid?: string[];
  /**
   * The same files, corrected.
   */
  prefer?: string[];
}
