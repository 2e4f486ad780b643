import type { Diagnostic } from './diagnostic.ts';
import { escapeXml } from './escape-xml.ts';

/** JUnit's XML for `riposte check`: one test case per file, failed when it has findings. */
export function diagnosticsJunit(files: readonly string[], diagnostics: readonly Diagnostic[]): string {
  const rows = files.map((file) => {
    const found = diagnostics.filter((each) => each.file === file);
    const failed = found.some((each) => each.severity === 'error');
    const text = found
      .map(
        (each) => `${each.file}:${each.line}:${each.column} ${each.severity} ${each.code}\n  ${each.message}`,
      )
      .join('\n');
    const head = `name="${escapeXml(file)}" classname="riposte.check" file="${escapeXml(file)}"`;
    if (found.length === 0) return `    <testcase ${head}/>\n`;
    const inside = failed
      ? `<failure type="${found[0]?.code}" message="${found.length} findings">${escapeXml(text)}</failure>`
      : `<system-out>${escapeXml(text)}</system-out>`;
    return `    <testcase ${head}>\n      ${inside}\n    </testcase>\n`;
  });
  const failures = files.filter((file) =>
    diagnostics.some((each) => each.file === file && each.severity === 'error'),
  ).length;
  const suite = `name="riposte check" tests="${files.length}" failures="${failures}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite ${suite}>\n${rows.join('')}  </testsuite>\n</testsuites>\n`;
}
