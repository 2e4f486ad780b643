import type { Inverse } from '../../../engine/core/contracts/action.ts';

/** Always to the inbox: the API knows no way back to another folder. */
export const undo: Inverse = {
  kind: 'action',
  action: 'mail.release-message',
  arguments: { message_id: 'message_id', mailbox: 'mailbox' },
};
