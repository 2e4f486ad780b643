import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'directory.list-auth-methods',
  version: '1.0.0',
  title: 'List the sign-in methods of a user',
  description:
    'Reads which ways to sign in an account has registered, and which of them since an instant: an intruder who stays adds one of his own.',
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
      registered_after: {
        description: 'RFC 3339; `recent` then holds what was registered at or after it and can be deleted.',
        type: 'string',
        minLength: 1,
        maxLength: 40,
      },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['methods', 'recent', 'undated'],
    properties: {
      methods: {
        description: 'Every method.',
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'kind'],
          properties: {
            id: { description: 'Id of the method, for `directory.delete-auth-method`.', type: 'string' },
            kind: {
              description: 'What it is.',
              enum: [
                'phone',
                'email',
                'fido2',
                'authenticator',
                'software_oath',
                'hardware_oath',
                'temporary_pass',
                'windows_hello',
                'platform_credential',
                'external',
                'password',
                'other',
              ],
            },
            created_at: {
              description: 'When it was registered, RFC 3339; absent where the vendor does not say.',
              type: 'string',
            },
          },
        },
      },
      recent: {
        description: 'Those registered at or after `registered_after` that can be deleted; empty without it.',
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'kind'],
          properties: {
            id: { description: 'Id of the method, for `directory.delete-auth-method`.', type: 'string' },
            kind: {
              description: 'What it is.',
              enum: [
                'phone',
                'email',
                'fido2',
                'authenticator',
                'software_oath',
                'hardware_oath',
                'temporary_pass',
                'windows_hello',
                'platform_credential',
                'external',
                'password',
                'other',
              ],
            },
            created_at: {
              description: 'When it was registered, RFC 3339; absent where the vendor does not say.',
              type: 'string',
            },
          },
        },
      },
      undated: { description: 'How many have no date and cannot be judged by it.', type: 'integer' },
    },
    examples: [
      {
        methods: [
          {
            id: '3179e48a-750b-4051-897c-87b9720928f7',
            kind: 'phone',
            created_at: '2026-11-20T09:40:00.000Z',
          },
        ],
        recent: [
          {
            id: '3179e48a-750b-4051-897c-87b9720928f7',
            kind: 'phone',
            created_at: '2026-11-20T09:40:00.000Z',
          },
        ],
        undated: 0,
      },
    ],
  },
  target: { argument: 'user_id', kind: 'user' },
  effectSentence: 'Nothing changes: the sign-in methods of {name} are read.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: UserAuthenticationMethod.ReadWrite.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  untrusted: ['methods', 'recent'],
  docs: ['https://learn.microsoft.com/en-us/graph/api/authentication-list-methods'],
};
