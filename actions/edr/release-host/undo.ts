import type { Inverse } from '../../../engine/core/contracts/action.ts';

/** The scope is not carried over: taking a release back means the strongest form. */
export const undo: Inverse = {
  kind: 'action',
  action: 'edr.isolate-host',
  arguments: { host_id: 'host_id' },
};
