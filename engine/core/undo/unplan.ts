import type { UndoRecord } from '../contracts/scope.ts';
import type { Turn } from '../run/turn.ts';

/**
 * A plan claims its records before anybody is asked about it. When nothing comes of it, because people said no or
 * its block was halted, they are given back: their leases end again, and another undo finds them.
 */
export function unplan(turn: Turn, ref: string, records: readonly UndoRecord[]): void {
  if (records.length === 0) return;
  turn.commands.push({ kind: 'unplan-undo', ref, records: records.map(({ id }) => id) });
}
