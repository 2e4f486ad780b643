import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

export const manifest: ActionManifest = {
  key: 'directory.get-user',
  version: '1.0.0',
  title: 'Look a user up',
  description: 'Reads an account: its state, directory roles, tags from group membership, and manager.',
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
    required: ['id', 'upn', 'display_name', 'title', 'enabled', 'synced', 'is_privileged', 'roles', 'tags'],
    properties: {
      id: { description: 'Object id of the user.', type: 'string' },
      upn: { description: 'User principal name.', type: 'string' },
      display_name: { description: 'Display name; empty if there is none.', type: 'string' },
      title: { description: 'Job title; empty if there is none.', type: 'string' },
      enabled: { description: 'Whether sign-in is allowed.', type: 'boolean' },
      synced: { description: 'Whether an on-premises directory masters the account.', type: 'boolean' },
      is_privileged: {
        description: 'Whether the account holds any active directory role, directly or through a group.',
        type: 'boolean',
      },
      roles: { description: 'Names of those roles.', type: 'array', items: { type: 'string' } },
      tags: {
        description:
          'Names of its groups that begin with the tag prefix of the connection, without that prefix, in lower case.',
        type: 'array',
        items: { type: 'string' },
      },
      manager: { description: 'User principal name of the manager; absent if none is set.', type: 'string' },
    },
    examples: [
      {
        id: '4a5b6c7d-0000-4000-8000-00000000a001',
        upn: 'ann@contoso.com',
        display_name: 'Ann Example',
        title: 'Controller',
        enabled: true,
        synced: false,
        is_privileged: false,
        roles: [],
        tags: [],
        manager: 'mia@contoso.com',
      },
    ],
  },
  target: { argument: 'user_id', kind: 'user' },
  effectSentence: 'Nothing changes: {name} is looked up.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['client_secret'],
  permissions: ['Microsoft Graph: User.Read.All', 'Microsoft Graph: Directory.Read.All'],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  facts: {
    name: 'display_name',
    tags: 'tags',
    roles: 'roles',
    enabled: 'enabled',
    object_id: 'id',
    upn: 'upn',
  },
  untrusted: ['upn', 'display_name', 'title', 'roles', 'tags', 'manager'],
  docs: [
    'https://learn.microsoft.com/en-us/graph/api/user-get',
    'https://learn.microsoft.com/en-us/graph/api/user-list-transitivememberof',
    'https://learn.microsoft.com/en-us/graph/api/user-list-manager',
  ],
};
