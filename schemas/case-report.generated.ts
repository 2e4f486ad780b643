/* Generated from case-report.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * What `riposte test --format json` prints.
 */
export interface CaseReport {
  /**
   * A renamed field needs a new number.
   */
  schemaVersion: 1;
  counts: Counts;
  cases: ReportedCase[];
  /**
   * What is wrong with case files and playbooks as a whole.
   */
  diagnostics: ReportedDiagnostic[];
  /**
   * Empty unless asked for.
   */
  coverage: ReportedCoverage[];
  /**
   * Thresholds that were not reached, in words.
   */
  below: string[];
  /**
   * With `--suggest`: skeletons of cases, per playbook.
   */
  suggestions?: SuggestedCases[];
}
export interface Counts {
  passed: number;
  failed: number;
  toRecord: number;
}
export interface ReportedCase {
  file: string;
  name: string;
  line: number;
  verdict: 'passed' | 'failed' | 'to-record';
  /**
   * State of the run at the end, or `not-started`.
   */
  state: string;
  diagnostics: ReportedDiagnostic[];
  /**
   * Of a case that did not pass: its entries, one line each.
   */
  story: string[];
}
export interface ReportedDiagnostic {
  severity: 'error' | 'warning' | 'info';
  code: string;
  file: string;
  line: number;
  column: number;
  path: string;
  message: string;
}
export interface ReportedCoverage {
  file: string;
  playbook: string;
  groups: ReportedGroups;
  points: ReportedPoint[];
}
export interface ReportedGroups {
  steps: Counted;
  branches: Counted;
  approvals: Counted;
}
export interface Counted {
  covered: number;
  total: number;
}
export interface ReportedPoint {
  id: string;
  group: 'steps' | 'branches' | 'approvals';
  /**
   * Step path, or `guards/<id>`.
   */
  at: string;
  what: string;
  line: number;
  hits: number;
}
export interface SuggestedCases {
  /**
   * The case file that they are for.
   */
  file: string;
  /**
   * A file of kind cases/v1; null when there is nothing to suggest.
   */
  yaml: string | null;
  /**
   * Ids of the coverage points that the skeletons pass.
   */
  reached: string[];
  /**
   * Ids of those that none was found for.
   */
  open: string[];
}
