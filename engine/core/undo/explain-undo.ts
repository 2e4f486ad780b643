/*
 * What will follow for each record of an undo as things stand when it is ordered, for the person who
 * orders it. The hold is looked at again when its turn comes; that look decides, this one explains.
 */

export interface HeldRecord {
  id: string;
  /** Null for an action whose effect nobody shares. */
  effect: string | null;
  target: { kind: string; id: string } | null;
  /** As its hold knows it now. */
  origin: 'ours' | 'found' | 'unknown';
  irreversible: string | null;
  /** Runs that hold the same effect on the target and are not part of this undo. */
  heldBy: readonly string[];
}

export type Follows = 'undo' | 'ask' | 'left-as-found' | 'retained' | 'irreversible';

export type ExplainedRecord<Record extends HeldRecord = HeldRecord> = Record & { follows: Follows };

export function explainUndo<Record extends HeldRecord>(
  records: readonly Record[],
): ExplainedRecord<Record>[] {
  const origins = new Map<string, HeldRecord['origin'][]>();
  for (const record of records) {
    const key = keyOf(record);
    origins.set(key, [...(origins.get(key) ?? []), record.origin]);
  }
  return records.map((record) => ({
    ...record,
    follows: followsFor(record, origins.get(keyOf(record)) ?? []),
  }));
}

/** Records of one effect on one target share its fate: whoever lets go last does what is left to do. */
function keyOf({ id, effect, target }: HeldRecord): string {
  return effect === null || target === null ? id : JSON.stringify([effect, target.kind, target.id]);
}

function followsFor(record: HeldRecord, origins: readonly HeldRecord['origin'][]): Follows {
  if (record.irreversible !== null) return 'irreversible';
  if (record.heldBy.length > 0) return 'retained';
  // What one of them did stays ours when it lets go before those who only found it.
  if (origins.includes('ours')) return 'undo';
  return origins.includes('unknown') ? 'ask' : 'left-as-found';
}
