import { escapeXml } from '../diagnostics/escape-xml.ts';
import type { CaseResult } from './judge-case.ts';
import { tellStory } from './tell-story.ts';

/** JUnit's XML, one suite per case file, as CI systems read it. */
export function junitOf(results: readonly CaseResult[]): string {
  const files = [...new Set(results.map(({ file }) => file))];
  const suites = files.map((file) =>
    suiteOf(
      file,
      results.filter((each) => each.file === file),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function suiteOf(file: string, results: readonly CaseResult[]): string {
  const failures = results.filter(({ verdict }) => verdict === 'failed').length;
  const skipped = results.filter(({ verdict }) => verdict === 'to-record').length;
  const head = `name="${escapeXml(file)}" tests="${results.length}" failures="${failures}" skipped="${skipped}"`;
  return `  <testsuite ${head}>\n${results.map(caseOf).join('')}  </testsuite>\n`;
}

function caseOf(result: CaseResult): string {
  const head = `name="${escapeXml(result.name)}" classname="${escapeXml(result.file)}" file="${escapeXml(result.file)}" line="${result.line}"`;
  switch (result.verdict) {
    case 'passed':
      return `    <testcase ${head}/>\n`;
    case 'to-record':
      return `    <testcase ${head}><skipped message="no expectation yet"/></testcase>\n`;
    case 'failed': {
      const [first] = result.diagnostics;
      const text = [...result.diagnostics.map(({ message }) => message), '', ...tellStory(result.story)].join(
        '\n',
      );
      const title = escapeXml((first?.message ?? 'failed').split('\n')[0] ?? '');
      return `    <testcase ${head}>\n      <failure type="${first?.code ?? 'case/not-met'}" message="${title}">${escapeXml(text)}</failure>\n    </testcase>\n`;
    }
  }
}
