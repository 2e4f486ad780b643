import { barOf, factOf, needsOf } from '../../engine/core/audit/story.ts';
import type { Entry, EntryDraft } from '../../engine/core/contracts/entry.ts';

/** What an auditor would hold against these entries, in the order in which they were written. */
export function contradictions(entries: readonly EntryDraft[]): string[] {
  const facts = new Set<string>();
  return entries.flatMap((draft) => {
    const entry = draft as Entry;
    const missing = needsOf(entry).filter((need) => !facts.has(need.fact));
    const bar = barOf(entry);
    if (bar !== null && facts.has(bar.fact)) missing.push(bar);
    const fact = factOf(entry);
    if (fact !== null) facts.add(fact);
    return missing.map(({ message }) => message);
  });
}
