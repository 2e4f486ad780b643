import type { Inverse } from '../../../engine/core/contracts/action.ts';

/** The object id goes along: a name that has got another owner meanwhile is left alone. */
export const undo: Inverse = {
  kind: 'action',
  action: 'ldap.disable-user',
  arguments: { user_id: 'user_id' },
  outputs: { object_id: 'id' },
};
