import type { Inverse } from '../../../engine/core/contracts/action.ts';

/** Each argument of the inverse takes the value of the named argument of this action. */
export const undo: Inverse = {
  kind: 'action',
  action: 'edr.release-host',
  arguments: { host_id: 'host_id' },
};
