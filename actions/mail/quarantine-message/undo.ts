import type { Inverse } from '../../../engine/core/contracts/action.ts';

/** Back to the folder it came from; to the inbox where that is none of the three that the API puts mail into. */
export const undo: Inverse = {
  kind: 'action',
  action: 'mail.release-message',
  arguments: { message_id: 'message_id', mailbox: 'mailbox' },
  outputs: { folder: 'folder' },
};
