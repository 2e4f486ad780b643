import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { checkCaseFile } from './check-case-file.ts';
import { type CoverageReport, reportCoverage } from './coverage-report.ts';
import { type CaseResult, judgeCase } from './judge-case.ts';
import type { PlaybookUnderTest } from './playbook-under-test.ts';
import type { CaseFile } from './read-cases.ts';
import type { ReadFixture } from './start-case.ts';

export interface CaseFileResult {
  /** What is wrong with the file as a whole; its cases are played all the same. */
  diagnostics: Diagnostic[];
  results: CaseResult[];
  coverage: CoverageReport;
}

/** All cases of a file, or those whose name contains `filter`. */
export function runCaseFile(
  file: CaseFile,
  under: PlaybookUnderTest,
  readFixture: ReadFixture,
  filter = '',
): CaseFileResult {
  const wanted = filter.toLowerCase();
  const chosen = file.cases.filter(({ name }) => name.toLowerCase().includes(wanted));
  const results = chosen.map((one) => judgeCase(file, one, under, readFixture));
  const coverage = reportCoverage(
    under,
    results.map(({ hits }) => hits),
  );
  return { diagnostics: checkCaseFile(file, under), results, coverage };
}
