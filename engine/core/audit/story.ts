import type { Entry, EntryType } from '../contracts/entry.ts';

/*
 * What an entry needs to have been said before it, so that the log tells a possible story. Decides
 * which earlier entry would do; finding it is the verifier's business.
 */

export interface Need {
  what: 'outcome-without-attempt' | 'action-without-approval';
  /** An earlier entry of this type … */
  type: EntryType;
  /** … whose `factOf` is this text. */
  fact: string;
  message: string;
}

const outcomes: ReadonlySet<EntryType> = new Set(['action.succeeded', 'action.failed', 'action.unknown']);
const effects: ReadonlySet<EntryType> = new Set(['action.attempted', ...outcomes]);

/** The fact that an entry establishes for later ones, or null. */
export function factOf(entry: Entry): string | null {
  if (entry.type === 'action.attempted' && entry.actionKey !== undefined)
    return `attempted ${entry.actionKey}`;
  if (entry.type === 'approval.granted' && entry.approvalId !== undefined && entry.planDigest !== undefined) {
    return `granted ${entry.approvalId} ${entry.planDigest}`;
  }
  return null;
}

/** No effect without intent, and none without the approval it names, for exactly what was approved. */
export function needsOf(entry: Entry): Need[] {
  const needs: Need[] = [];
  const key = entry.actionKey ?? 'an unnamed action';
  if (outcomes.has(entry.type)) {
    needs.push({
      what: 'outcome-without-attempt',
      type: 'action.attempted',
      fact: `attempted ${entry.actionKey ?? ''}`,
      message: `${entry.type} of ${key} has no earlier action.attempted`,
    });
  }
  if (effects.has(entry.type) && entry.approvalId !== undefined) {
    const digest = entry.planDigest ?? 'no digest';
    needs.push({
      what: 'action-without-approval',
      type: 'approval.granted',
      fact: `granted ${entry.approvalId} ${entry.planDigest ?? ''}`,
      message: `${entry.type} of ${key} names ${entry.approvalId}, which was not granted before for ${digest}`,
    });
  }
  return needs;
}
