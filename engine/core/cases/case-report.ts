import type { CaseReport } from '../../../schemas/case-report.generated.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CoverageReport } from './coverage-report.ts';
import type { CaseResult } from './judge-case.ts';
import { tellStory } from './tell-story.ts';

/** The machine form of a test run: `schemas/case-report.schema.json`. */
export function caseReport(
  results: readonly CaseResult[],
  diagnostics: readonly Diagnostic[],
  coverage: readonly CoverageReport[],
  below: readonly Diagnostic[],
): CaseReport {
  const count = (verdict: CaseResult['verdict']) => results.filter((each) => each.verdict === verdict).length;
  return {
    schemaVersion: 1,
    counts: { passed: count('passed'), failed: count('failed'), toRecord: count('to-record') },
    cases: results.map((each) => ({
      file: each.file,
      name: each.name,
      line: each.line,
      verdict: each.verdict,
      state: each.story.state,
      diagnostics: each.diagnostics.map(plain),
      story: each.verdict === 'failed' ? tellStory(each.story) : [],
    })),
    diagnostics: diagnostics.map(plain),
    coverage: coverage.map(({ file, playbook, groups, points }) => ({ file, playbook, groups, points })),
    below: below.map(({ file, message }) => `${file}: ${message.split('\n')[0]}`),
  };
}

function plain({ severity, code, file, line, column, path, message }: Diagnostic) {
  return { severity, code, file, line, column, path, message };
}
