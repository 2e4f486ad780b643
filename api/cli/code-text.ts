import { codes } from '../../schemas/codes.ts';
import type { CodePage } from '../http/code-page.ts';
import { printLine, strong } from './print.ts';

/** The page of a code as a terminal shows it. */
export function printCodePage(page: CodePage): void {
  const severity = page.severity === undefined ? '' : ` (${page.severity})`;
  printLine(`${strong(page.code)}${severity}`);
  printLine(`${page.summary}.`);
  if (page.why !== '') printLine(`\n${page.why}`);
  printExamples('Avoid', page.avoid);
  printExamples('Prefer', page.prefer);
  printLine(`\n${strong('What to do')}\n  ${page.help}`);
}

function printExamples(title: string, examples: readonly string[] | undefined): void {
  if (examples === undefined) return;
  printLine(`\n${strong(title)}`);
  printLine(examples.map((text) => text.trimEnd().replace(/^(?=.)/gm, '  ')).join('\n\n'));
}

/** Every code in a line, by station. */
export function printCodeList(): void {
  const entries = Object.entries(codes);
  const width = Math.max(...entries.map(([code]) => code.length));
  const byStation = Object.entries(Object.groupBy(entries, ([code]) => code.split('/')[0] ?? ''));
  for (const [index, [station, of = []]] of byStation.entries()) {
    printLine(`${index === 0 ? '' : '\n'}${strong(station)}`);
    for (const [code, { summary }] of of) printLine(`  ${code.padEnd(width)}  ${summary}`);
  }
}
