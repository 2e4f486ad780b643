import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { vendorFailureCodes } from '../../client/fail.ts';
import {
  exampleIdentity,
  identity,
  readGroups,
  readUsers,
  untrustedIdentity,
  userId,
} from '../client/account-schema.ts';

export const manifest: ActionManifest = {
  key: 'ldap.get-user',
  version: '1.0.0',
  title: 'Look a user up on premises',
  description:
    "Reads an account of Active Directory or OpenLDAP: its state, the administrators' groups it is in, and tags from group membership.",
  class: 'read',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['user_id'],
    properties: { user_id: userId },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'dn', 'title', 'enabled', 'is_privileged', 'roles', 'tags'],
    properties: {
      ...identity,
      title: { description: 'Job title; empty if there is none.', type: 'string' },
      mail: { description: 'Mail address; absent if there is none.', type: 'string' },
      enabled: { description: 'Whether the directory lets it sign in.', type: 'boolean' },
      is_privileged: {
        description:
          'Whether it is in a group of administrators, directly or through another group, or once was.',
        type: 'boolean',
      },
      roles: { description: 'Names of those groups.', type: 'array', items: { type: 'string' } },
      tags: {
        description:
          'Names of its groups that begin with the tag prefix of the connection, without that prefix, in lower case; and `privileged` if it is.',
        type: 'array',
        items: { type: 'string' },
      },
    },
    examples: [
      {
        ...exampleIdentity,
        title: 'Controller',
        mail: 'ann@contoso.com',
        enabled: true,
        is_privileged: false,
        roles: [],
        tags: [],
      },
    ],
  },
  target: { argument: 'user_id', kind: 'user' },
  effectSentence: 'Nothing changes: {name} is looked up.',
  idempotent: 'native',
  inverse: { kind: 'not-needed' },
  secrets: ['password'],
  permissions: [readUsers, readGroups],
  failureCodes: [...vendorFailureCodes],
  timeoutMs: 60_000,
  // Not `roles`, `enabled` and `object_id`: by those the last administrators of the cloud are counted, and this is another directory.
  facts: { name: 'display_name', tags: 'tags', upn: 'upn' },
  untrusted: [...untrustedIdentity, 'title', 'mail', 'roles', 'tags'],
  docs: [
    'https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-ada3/01cf3969-bc7f-4294-9223-f15668557f5f',
    'https://learn.microsoft.com/en-us/openspecs/windows_protocols/MS-ADTS/92a54869-38d7-4e71-a3be-5f67a0dcdd7e',
  ],
};
