import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'directory.revoke-sessions',
  version: '1.0.0',
  title: 'Revoke the sessions of a user',
  description:
    'Makes all refresh tokens and browser sessions of an account invalid, so that every application asks for a new sign-in within minutes.',
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
    required: ['revoked'],
    properties: {
      revoked: { description: 'The directory took the revocation.', const: true },
    },
    examples: [{ revoked: true }],
  },
  target: { argument: 'user_id', kind: 'user' },
  effectSentence: '{name} is signed out everywhere within minutes and has to sign in again.',
  idempotent: 'native',
  inverse: {
    kind: 'irreversible',
    reason: 'Revoked sessions cannot be brought back; the person signs in again.',
  },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: User.RevokeSessions.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  byHand:
    "In the audit log of the Microsoft Entra admin center: is there an entry about the user's refresh tokens or sessions after the request was sent?",
  docs: ['https://learn.microsoft.com/en-us/graph/api/user-revokesigninsessions'],
};
