import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = {
  kind: 'action',
  action: 'directory.confirm-compromised',
  arguments: { user_id: 'user_id' },
};
