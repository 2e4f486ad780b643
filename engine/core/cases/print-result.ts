import type { CaseResult } from './judge-case.ts';
import { tellStory } from './tell-story.ts';

/*
 * A result for a terminal: one line for what is fine; for what is not, everything that differs with
 * its line in the file, and then what happened, in order.
 */
export function printResult(result: CaseResult): string[] {
  const place = `${result.file}:${result.line}`;
  if (result.verdict === 'passed') return [`  ok    ${result.name}`];
  if (result.verdict === 'to-record')
    return [`  todo  ${result.name}   (expect: record; run riposte test --update)`];
  const lines = [`  FAIL  ${result.name}   ${place}`];
  for (const diagnostic of result.diagnostics) {
    const [first, ...rows] = diagnostic.message.split('\n');
    const title = (first ?? '').replace(`"${result.name}": `, '');
    const code = diagnostic.code === 'case/not-met' ? '' : ` (${diagnostic.code})`;
    lines.push(`        line ${diagnostic.line}  ${title}${code}`);
    for (const row of rows) lines.push(`          ${row}`);
  }
  if (result.note !== null) lines.push(`        note: ${result.note}`);
  if (result.story.notStarted !== null) lines.push(`        nothing started: ${result.story.notStarted}`);
  const story = tellStory(result.story);
  if (story.length > 0) lines.push('        what happened', ...story.map((row) => `          ${row}`));
  return lines;
}
