import type { Code } from '../../../schemas/codes.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';
import { createMinuteLedger, windowSeconds } from './minute-ledger.ts';

/*
 * What strangers can do at a signed webhook trigger: send what is not signed, and play back what they have recorded.
 * They are told nothing by it, and cannot fill the log with it.
 */

export interface SignedMessage {
  playbook: string;
  trigger: string;
  /** Why it was refused; null: it was taken before and is answered as then. */
  code: Code | null;
  /** Of the last of them. */
  reason: string;
}

export interface SignedLedger {
  note(door: Door, message: SignedMessage): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

export function createSignedLedger(context: IdentityContext): SignedLedger {
  const ledger = createMinuteLedger<{ door: Door; message: SignedMessage }>(
    ({ door, message: { playbook, trigger, code, reason } }, count, isFirst) =>
      context.database.transaction((tx) =>
        writeEntry(tx, context, isFirst ? door : { actor: door.actor }, {
          ...(code === null
            ? { type: 'webhook.duplicate' }
            : { type: 'webhook.refused', outcome: 'denied', code }),
          reason,
          data: { playbook, trigger, count, ...(count > 1 && { window_s: windowSeconds }) },
        }),
      ),
  );
  return {
    note: (door, message) =>
      ledger.note(`${message.code} ${message.playbook}/${message.trigger}`, { door, message }),
    settle: () => ledger.settle(),
  };
}
