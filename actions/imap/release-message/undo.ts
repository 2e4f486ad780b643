import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = {
  kind: 'action',
  action: 'imap.quarantine-message',
  arguments: { message: 'message' },
};
