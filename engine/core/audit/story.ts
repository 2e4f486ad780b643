import type { Entry, EntryType } from '../contracts/entry.ts';

/*
 * What an entry needs to have been said before it, and what must not have been, so that the log tells a
 * possible story. Decides which earlier entry that would be; finding it is the verifier's business.
 */

export interface Earlier {
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
  return entry.type === 'approval.voided' ? voidFor(entry) : null;
}

/** No effect without intent, and none without the approval it names, for exactly what was approved. */
export function needsOf(entry: Entry): Earlier[] {
  const needs: Earlier[] = [];
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

/**
 * No effect on a yes that was void for this very action before. Others behind the same gate or list may go
 * out on it all the same: each is judged by itself when it does.
 */
export function barOf(entry: Entry): Earlier | null {
  const fact = entry.type === 'action.attempted' ? voidFor(entry) : null;
  if (fact === null) return null;
  const message = `action.attempted of ${entry.actionKey} names ${entry.approvalId}, which was void for it before`;
  return { what: 'action-without-approval', type: 'approval.voided', fact, message };
}

function voidFor({ actionKey, approvalId }: Entry): string | null {
  return actionKey === undefined || approvalId === undefined ? null : `void ${actionKey} ${approvalId}`;
}
