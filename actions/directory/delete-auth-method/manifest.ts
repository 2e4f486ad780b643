import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'directory.delete-auth-method',
  version: '1.0.0',
  title: 'Delete a sign-in method',
  description:
    'Removes one way to sign in from an account for good: the phone, app or key that an intruder registered. The person can register it again.',
  class: 'eradicate',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['user_id', 'method_id'],
    properties: {
      user_id: {
        description: 'Object id of the user, or the user principal name.',
        type: 'string',
        minLength: 1,
        maxLength: 256,
      },
      method_id: {
        description: 'Id of the method, as `directory.list-auth-methods` gives it.',
        type: 'string',
        minLength: 1,
        maxLength: 256,
      },
      comment: {
        description: 'Reason, kept in the audit log of Riposte; the vendor has no field for it.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['state'],
    properties: {
      state: { description: 'What was reached.', const: 'deleted' },
      kind: { description: 'What kind of method it was; absent if it was gone already.', type: 'string' },
    },
    examples: [{ state: 'deleted', kind: 'phone' }],
  },
  target: { argument: 'user_id', kind: 'user' },
  effectSentence: 'A sign-in method of {name} is deleted; only the person can register it again.',
  idempotent: 'check-then-act',
  inverse: {
    kind: 'irreversible',
    reason: 'A deleted sign-in method cannot be restored; the person registers it again.',
  },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: UserAuthenticationMethod.ReadWrite.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Entra admin center, open the user and their authentication methods: is the method gone? The audit log of the directory says who removed it and when.',
  docs: ['https://learn.microsoft.com/en-us/graph/api/phoneauthenticationmethod-delete'],
};
