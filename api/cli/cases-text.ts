import { countWords, coverageWords } from '../../engine/core/cases/coverage-words.ts';
import type { PlayedCases } from '../../engine/core/cases/play-published.ts';
import type { CasesItem } from '../../engine/runtime/read/read-cases.ts';
import { strong } from './print.ts';
import { oneLine } from './server-text.ts';

/* Published cases for a terminal. Names and messages are their author's: each line is cleaned. */

export interface ShownCases extends PlayedCases, CasesItem {
  publishedVersion: number;
  playedAt: string;
  playedBy: string;
  playedWith: { engine: string };
  old: boolean;
}

export function casesLines(playbook: string, shown: ShownCases): string[] {
  const { counts, coverage, cases, problems, reasonsLeftOut, publishedVersion, number } = shown;
  const missing = coverage.points.filter(({ hits, group }) => hits === 0 && group !== 'steps');
  return [
    strong(oneLine(`${playbook}, version ${publishedVersion}, cases ${number}`)),
    oneLine(`${countWords(counts)}; ${coverageWords(coverage.groups)}`),
    oneLine(
      `published ${shown.publishedAt} by ${shown.publishedBy}, played ${shown.playedAt} by ${shown.playedBy}`,
    ),
    ...(shown.old ? [oneLine(`old: played with ${shown.playedWith.engine}; --play plays them again`)] : []),
    '',
    ...cases.flatMap(({ name, verdict, reasons }) => [
      oneLine(`  ${words[verdict]}  ${name}`),
      ...reasons.map(({ line, message }) => oneLine(`        line ${line}  ${message}`)),
    ]),
    ...problems.map(({ line, code, message }) => oneLine(`  line ${line}  ${message} (${code})`)),
    ...(reasonsLeftOut > 0 ? [`  ${reasonsLeftOut} more reasons; riposte test prints them all`] : []),
    ...missing.map(({ line, at, what }) => oneLine(`  not seen  line ${line}  ${at}: ${what}`)),
  ];
}

const words = { passed: 'ok  ', failed: 'FAIL', 'to-record': 'todo' } as const;
