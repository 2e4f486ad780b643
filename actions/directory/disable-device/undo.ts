import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = {
  kind: 'action',
  action: 'directory.enable-device',
  arguments: { directory_id: 'directory_id' },
};
