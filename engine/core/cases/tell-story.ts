import type { EntryType } from '../contracts/entry.ts';
import { showTarget } from './compare-performed.ts';
import { showOffset } from './instant.ts';
import { stepName, type TimedEntry } from './offline-run.ts';
import type { Story } from './story.ts';

/** A long loop would bury what matters. */
const rowsMax = 120;

/** Facts that only repeat what the next row says. */
const quiet: ReadonlySet<EntryType> = new Set(['action.rendered', 'guard.allowed', 'step.skipped']);

/** The entries of a case in order, one row each, with the time since it began. */
export function tellStory(story: Story): string[] {
  const told = story.entries.filter(({ entry }) => !quiet.has(entry.type));
  const rows = told.slice(0, rowsMax).map((each) => tell(each, story.startMs));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return told.length > rowsMax ? [...lines, `… ${told.length - rowsMax} more entries`] : lines;
}

function tell({ atMs, run, entry }: TimedEntry, startMs: number): string[] {
  const what = entry.action === undefined ? '' : entry.action.replace(/@.*$/, '');
  const targets = (entry.targets ?? []).map(showTarget).join(', ');
  const attempt = entry.attempt !== undefined && entry.attempt > 1 ? `attempt ${entry.attempt}` : '';
  const words = [what, targets, attempt, entry.code ?? '', entry.reason ?? ''];
  return [
    showOffset(atMs - startMs),
    entry.step === undefined ? run.prefix.replace(/\/$/, '') : stepName(run, entry.step),
    entry.type,
    words.filter((word) => word !== '').join('  '),
  ];
}
