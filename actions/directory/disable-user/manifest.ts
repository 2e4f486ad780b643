import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'directory.disable-user',
  version: '1.0.0',
  title: 'Disable a user account',
  description:
    'Blocks sign-in for a cloud account. Sessions that are already open live on until their tokens expire: revoke them too. Refuses accounts that are synchronised from on premises.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['user_id'],
    properties: {
      user_id: {
        description: 'Object id of the user, or the user principal name.',
        type: 'string',
        minLength: 1,
        maxLength: 256,
      },
      comment: {
        description: 'Reason, kept in the audit log of Riposte; the directory has no field for it.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['enabled'],
    properties: {
      id: { description: 'Object id of the user.', type: 'string' },
      enabled: { description: 'Whether sign-in is allowed now.', const: false },
      was_enabled: { description: 'Whether sign-in was allowed before.', type: 'boolean' },
      synced: { description: 'Whether an on-premises directory masters the account.', type: 'boolean' },
      upn: { description: 'User principal name.', type: 'string' },
      display_name: { description: 'Display name.', type: 'string' },
    },
    examples: [
      {
        id: '4a5b6c7d-0000-4000-8000-00000000a001',
        enabled: false,
        was_enabled: true,
        synced: false,
        upn: 'ann@contoso.com',
        display_name: 'Ann Example',
      },
    ],
  },
  target: { argument: 'user_id', kind: 'user' },
  effect: 'sign-in-blocked',
  effectSentence: '{name} can no longer sign in; sessions that are open go on until they are revoked.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: User.EnableDisableAccount.All', 'Microsoft Graph: User.Read.All'],
  failureCodes: [...vendorFailureCodes, 'synced-user'],
  timeoutMs: 60_000,
  untrusted: ['upn', 'display_name'],
  byHand:
    'In the Microsoft Entra admin center, open the user: is the account disabled? The audit log of the directory says who changed it and when.',
  docs: ['https://learn.microsoft.com/en-us/graph/api/user-update'],
};
