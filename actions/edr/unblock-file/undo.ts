import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = {
  kind: 'action',
  action: 'edr.block-file',
  arguments: { sha256: 'sha256' },
  outputs: { action: 'action', days: 'days' },
};
