/* Generated from problem.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * A slug `station/what` of the code catalogue.
 */
export type Code = string;

/**
 * The body of every error answer: RFC 9457, `application/problem+json`, with the code of the catalogue.
 */
export interface Problem {
  /**
   * Address of the code's page, relative to the installation.
   */
  type: string;
  /**
   * The code's summary, the same each time.
   */
  title: string;
  /**
   * The HTTP status, repeated.
   */
  status: number;
  /**
   * What happened this time, what was not done, what to do.
   */
  detail?: string;
  /**
   * The resource this is about.
   */
  instance?: string;
  code: Code;
  requestId: string;
  /**
   * Single mistakes in the request; playbook diagnostics carry line and column.
   */
  errors?: {
    /**
     * JSON pointer (RFC 6901) into the request body.
     */
    pointer: string;
    code: Code;
    detail: string;
    /**
     * From 1.
     */
    line?: number;
    /**
     * From 1.
     */
    column?: number;
  }[];
}
