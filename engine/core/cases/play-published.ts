import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { checkCaseFile } from './check-case-file.ts';
import { type CoverageReport, reportCoverage } from './coverage-report.ts';
import { type CaseResult, judgeCase } from './judge-case.ts';
import type { PlaybookUnderTest } from './playbook-under-test.ts';
import { type CaseFile, readCases } from './read-cases.ts';

/*
 * Cases that somebody publishes with a playbook, as `riposte test` plays them, and what is kept of that. Who wrote them
 * chooses every length, so there is a bound on each; time and memory are bounded by whoever runs this.
 */

/** A file of 256 KiB has room for eight thousand that say nothing. */
export const casesMost = 1_000;
/** Of all cases together: a file in which everything is wrong says it often. */
const reasonsMost = 300;
const charsMost = 500;

export interface CasesText {
  source: string;
  /** As diagnostics name it. */
  file: string;
  /** Texts of the files that cases name, by those names. */
  files: { readonly [name: string]: string };
}

export interface CaseReason {
  code: string;
  line: number;
  message: string;
}

export interface PlayedCase {
  name: string;
  line: number;
  verdict: CaseResult['verdict'];
  reasons: CaseReason[];
}

/** Stored: renaming a field breaks what was played before. */
export interface PlayedCases {
  counts: { passed: number; failed: number; toRecord: number };
  cases: PlayedCase[];
  /** What is wrong with the file as a whole. */
  problems: CaseReason[];
  /** Reasons that were not kept. */
  reasonsLeftOut: number;
  coverage: Pick<CoverageReport, 'groups' | 'points'>;
}

export type PublishedPlay = { ok: true; played: PlayedCases } | { ok: false; diagnostics: Diagnostic[] };

export function playPublished(cases: CasesText, under: PlaybookUnderTest): PublishedPlay {
  const reading = readCases(cases.source, cases.file);
  if (!reading.ok) return { ok: false, diagnostics: reading.diagnostics.slice(0, reasonsMost) };
  const { file } = reading;
  if (file.cases.length > casesMost) return { ok: false, diagnostics: [tooMany(file)] };
  const readFixture = (name: string) =>
    Object.hasOwn(cases.files, name) ? (cases.files[name] ?? null) : null;
  const kept = new Kept();
  const hits: ReadonlyMap<string, number>[] = [];
  for (const one of file.cases) {
    const result = judgeCase(file, one, under, readFixture);
    hits.push(result.hits);
    kept.add(result);
  }
  const { groups, points } = reportCoverage(under, hits);
  return { ok: true, played: kept.all(checkCaseFile(file, under), { groups, points }) };
}

class Kept {
  readonly #cases: PlayedCase[] = [];
  readonly #counts = { passed: 0, failed: 0, toRecord: 0 };
  #reasons = 0;
  #leftOut = 0;

  add({ name, line, verdict, diagnostics }: CaseResult): void {
    this.#counts[verdict === 'to-record' ? 'toRecord' : verdict] += 1;
    this.#cases.push({ name, line, verdict, reasons: this.#keep(diagnostics) });
  }

  all(found: readonly Diagnostic[], coverage: PlayedCases['coverage']): PlayedCases {
    const problems = this.#keep(found);
    return {
      counts: this.#counts,
      cases: this.#cases,
      problems,
      reasonsLeftOut: this.#leftOut,
      coverage,
    };
  }

  #keep(diagnostics: readonly Diagnostic[]): CaseReason[] {
    const kept = diagnostics.slice(0, Math.max(0, reasonsMost - this.#reasons));
    this.#reasons += kept.length;
    this.#leftOut += diagnostics.length - kept.length;
    return kept.map(({ code, line, message }) => ({ code, line, message: shortened(message) }));
  }
}

function shortened(text: string): string {
  return text.length <= charsMost ? text : `${text.slice(0, charsMost)}…`;
}

function tooMany({ file, cases }: CaseFile): Diagnostic {
  return {
    ...{ severity: 'error', code: 'case/bad-file', file, path: '/cases', snippet: '' },
    ...{ line: 1, column: 1, endLine: 1, endColumn: 1 },
    message: `the file has ${cases.length} cases; a server takes ${casesMost} at most`,
  };
}
