import type { LoopOrder } from '../contracts/command.ts';
import type { LoopItem, UndoRecord } from '../contracts/scope.ts';

/*
 * In which order records are taken back (language reference 6): newest first, one after the other;
 * neighbours from the same `foreach` have no order among themselves. Also used where a person or the
 * end of a lease orders an undo after the run has ended.
 */
export function planUndo(records: readonly UndoRecord[]): { loop: LoopOrder; items: LoopItem[] } {
  const sorted = records.toSorted((one, other) => other.seq - one.seq);
  const groups: { items: number; parallel: number }[] = [];
  let group: { items: number; parallel: number } | undefined;
  let path: string | null = null;
  for (const record of sorted) {
    const parallel = record.loop?.maxParallel ?? 1;
    // Records that go one by one need no groups of their own, whoever they belong to.
    const joins = group?.parallel === parallel && (parallel === 1 || path === (record.loop?.path ?? null));
    if (group === undefined || !joins) {
      group = { items: 0, parallel };
      groups.push(group);
    }
    group.items += 1;
    path = record.loop?.path ?? null;
  }
  return {
    loop: { of: 'undo', body: 'undo', groups, onItemError: 'continue', readsItems: false, collects: false },
    items: sorted.map((record, index) => ({
      index,
      key: String(record.seq),
      value: { ...record } as unknown as LoopItem['value'],
    })),
  };
}
