import { caseWords, matchWords, proveWords } from './codes/author.ts';
import { compileWords } from './codes/compile.ts';
import { auditWords, authWords, requestWords, startWords, stopWords } from './codes/door.ts';
import { actionWords, approvalWords, guardWords, runWords, taskWords, undoWords } from './codes/run.ts';
import type { CodeWords, Severity } from './codes/words.ts';

export type { Severity } from './codes/words.ts';

/*
 * The code catalogue: every slug `station/what` that a diagnostic, a failure, a log line or an
 * HTTP answer can carry. A code never changes its meaning; the words around it may improve.
 */

export interface CodeEntry {
  /** One line, the same each time; the `title` of an RFC 9457 answer. */
  summary: string;
  /** What to do about it. */
  help: string;
  /** Diagnostics only: how bad it is when the rule does not say otherwise. */
  severity?: Severity;
  /** Page of the code, relative to the console's base. */
  doc: string;
}

const words = {
  ...compileWords,
  ...matchWords,
  ...caseWords,
  ...proveWords,
  ...runWords,
  ...actionWords,
  ...approvalWords,
  ...taskWords,
  ...guardWords,
  ...undoWords,
  ...authWords,
  ...requestWords,
  ...stopWords,
  ...auditWords,
  ...startWords,
} as const;

export type Code = keyof typeof words;

/** Codes that the compiler reports. */
export type CompileCode = keyof typeof compileWords;

/** Codes of the proofs over a plan. */
export type ProveCode = keyof typeof proveWords;

/** The same as values, for tests that want an example of each. */
export const compileCodes = Object.keys(compileWords) as readonly CompileCode[];

export const codes: Readonly<Record<Code, CodeEntry>> = Object.fromEntries(
  Object.entries<CodeWords>(words).map(([code, [summary, help, severity]]) => [
    code,
    { summary, help, ...(severity && { severity }), doc: `codes/${code}` },
  ]),
) as Record<Code, CodeEntry>;

/** Whether a text from outside is a code of the catalogue. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(codes, text);
}
