import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'directory.get-risk',
  version: '1.0.0',
  title: 'Read the risk of a user',
  description:
    'Reads what Identity Protection thinks of an account. Somebody it has never called risky has the risk `none`.',
  class: 'read',
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
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'risk_level', 'risk_state'],
    properties: {
      id: { description: 'Object id of the user.', type: 'string' },
      risk_level: {
        description: 'How sure the directory is that the account is compromised.',
        enum: ['none', 'low', 'medium', 'high', 'hidden', 'unknown'],
      },
      risk_state: {
        description: 'What became of that risk.',
        enum: [
          'none',
          'confirmed_safe',
          'remediated',
          'dismissed',
          'at_risk',
          'confirmed_compromised',
          'unknown',
        ],
      },
    },
    examples: [{ id: '4a5b6c7d-0000-4000-8000-00000000a001', risk_level: 'high', risk_state: 'at_risk' }],
  },
  target: { argument: 'user_id', kind: 'user' },
  effectSentence: 'Nothing changes: the risk of {name} is read.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: IdentityRiskyUser.ReadWrite.All', 'Microsoft Graph: User.Read.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  docs: ['https://learn.microsoft.com/en-us/graph/api/riskyuser-get'],
};
