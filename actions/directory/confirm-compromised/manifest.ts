import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'directory.confirm-compromised',
  version: '1.0.0',
  title: 'Mark a user as compromised',
  description:
    'Tells Identity Protection that an account is compromised: its risk becomes high, and policies that look at risk block it or demand a new password.',
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
        description: 'Reason, kept in the audit log of Riposte; the vendor has no field for it.',
        type: 'string',
        maxLength: 4000,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'state'],
    properties: {
      id: { description: 'Object id of the user.', type: 'string' },
      state: { description: 'What was said.', const: 'confirmed_compromised' },
    },
    examples: [{ id: '4a5b6c7d-0000-4000-8000-00000000a001', state: 'confirmed_compromised' }],
  },
  target: { argument: 'user_id', kind: 'user' },
  effect: 'risk-confirmed',
  effectSentence: '{name} counts as compromised; risk policies block sign-in or demand a new password.',
  idempotent: 'native',
  inverse: undo,
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: IdentityRiskyUser.ReadWrite.All', 'Microsoft Graph: User.Read.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    'In the Microsoft Entra admin center, under Protection, Risky users: is the risk state of the user confirmed compromised, and since when?',
  docs: ['https://learn.microsoft.com/en-us/graph/api/riskyuser-confirmcompromised'],
};
