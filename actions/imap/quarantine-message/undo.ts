import type { Inverse } from '../../../engine/core/contracts/action.ts';

/** Back to the folder it came from; to INBOX where nobody knows which that was, or where it is gone. */
export const undo: Inverse = {
  kind: 'action',
  action: 'imap.release-message',
  arguments: { message: 'message' },
  outputs: { folder: 'folder', kept_as: 'kept_as' },
};
