import type { Command } from './command.ts';
import type { EntryDraft } from './entry.ts';

/** What one entry function of a chart wants done and written down. */
export interface Order {
  commands: Command[];
  entries: EntryDraft[];
}
