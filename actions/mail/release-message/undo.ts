import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = {
  kind: 'action',
  action: 'mail.quarantine-message',
  arguments: { message_id: 'message_id', mailbox: 'mailbox' },
};
