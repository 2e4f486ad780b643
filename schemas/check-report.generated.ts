/* Generated from check-report.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * A code of the catalogue: `riposte explain <code>`.
 */
export type Code = string;
/**
 * From 1; columns in UTF-16 units.
 */
export type Place = number;

/**
 * What `riposte check --json` prints.
 */
export interface CheckReport {
  schemaVersion: 1;
  counts: {
    error: number;
    warning: number;
    info: number;
  };
  /**
   * By file and place; after `--fix`, what is still found.
   */
  diagnostics: ReportedDiagnostic[];
  /**
   * With `--fix`: what was changed, at the place where it stood then.
   */
  fixed?: ReportedDiagnostic[];
  /**
   * With `--fix`: fixes that would have given new findings.
   */
  leftAlone?: LeftAlone[];
}
export interface ReportedDiagnostic {
  severity: 'error' | 'warning' | 'info';
  code: Code;
  file: string;
  line: Place;
  column: Place;
  endLine: Place;
  /**
   * From 1; columns in UTF-16 units.
   */
  endColumn: number;
  /**
   * JSON pointer into the file; empty for the whole file.
   */
  path: string;
  message: string;
  /**
   * The line it points at, as written.
   */
  snippet: string;
  /**
   * An earlier place that has to do with it.
   */
  seen?: {
    file: string;
    line: Place;
    column: Place;
    message: string;
  };
  help?: string;
  /**
   * What `--fix` would do about it.
   */
  fix?: {
    title: string;
    /**
     * @minItems 1
     */
    edits: ReportedEdit[];
  };
}
/**
 * Replaces a range of the file as it was checked.
 */
export interface ReportedEdit {
  range: {
    line: Place;
    column: Place;
    endLine: Place;
    endColumn: Place;
  };
  text: string;
}
export interface LeftAlone {
  diagnostic: ReportedDiagnostic;
  because: Code[];
}
