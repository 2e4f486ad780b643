import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = {
  kind: 'action',
  action: 'edr.block-domain',
  arguments: { domain: 'domain' },
  outputs: { days: 'days' },
};
