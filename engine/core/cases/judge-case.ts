import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { compareCase, type Difference } from './compare-case.ts';
import { playCase } from './play-case.ts';
import type { PlaybookUnderTest } from './playbook-under-test.ts';
import { type CaseFile, remark, type WrittenCase } from './read-cases.ts';
import type { ReadFixture } from './start-case.ts';
import type { Story } from './story.ts';

/** What became of one case. */
export interface CaseResult {
  file: string;
  name: string;
  line: number;
  /** `to-record`: it has no expectation yet. */
  verdict: 'passed' | 'failed' | 'to-record';
  differences: Difference[];
  diagnostics: Diagnostic[];
  note: string | null;
  story: Story;
  hits: ReadonlyMap<string, number>;
}

/** Plays a case and compares; everything that is wrong is told at once, each with its place. */
export function judgeCase(
  file: CaseFile,
  one: WrittenCase,
  under: PlaybookUnderTest,
  readFixture: ReadFixture,
): CaseResult {
  const { story, hits, problems, note } = playCase(file, one, under, readFixture);
  const about = { file: file.file, name: one.name, line: lineOf(file, one), note, story, hits };
  if (one.expect === 'record' && problems.length === 0) {
    const told = remark(file, 'case/to-record', `${one.path}/expect`, `"${one.name}" expects nothing yet`);
    return { ...about, verdict: 'to-record', differences: [], diagnostics: [told] };
  }
  // A story that broke off is compared too: what it did before says why. One that never began is not.
  const untold = story.notStarted !== null && problems.length > 0;
  const differences = one.expect === 'record' || untold ? [] : compareCase(one.expect, story);
  const diagnostics = [...problems, ...differences.map((each) => toDiagnostic(file, one, each))];
  return { ...about, verdict: diagnostics.length === 0 ? 'passed' : 'failed', differences, diagnostics };
}

function toDiagnostic(file: CaseFile, one: WrittenCase, difference: Difference): Diagnostic {
  const message = [`"${one.name}": ${difference.field.replaceAll('/', ' ')}`, ...difference.rows].join('\n');
  return remark(file, 'case/not-met', `${one.path}/expect/${difference.field}`, message);
}

function lineOf(file: CaseFile, one: WrittenCase): number {
  return remark(file, 'case/not-met', `${one.path}/name`, '').line;
}
