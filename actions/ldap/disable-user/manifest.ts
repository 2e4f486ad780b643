import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import {
  comment,
  exampleIdentity,
  identity,
  lockDocs,
  lockFailureCodes,
  lockPermission,
  objectId,
  readUsers,
  untrustedIdentity,
  userId,
} from '../client/account-schema.ts';
import { undo } from './undo.ts';

export const manifest: ActionManifest = {
  key: 'ldap.disable-user',
  version: '1.0.0',
  title: 'Disable a user account on premises',
  description:
    'Keeps an account of Active Directory or OpenLDAP from signing in. Sessions and Kerberos tickets that are there already live on until they end.',
  class: 'contain',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['user_id'],
    properties: { user_id: userId, object_id: objectId, comment },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['enabled'],
    properties: {
      ...identity,
      enabled: { description: 'Whether the directory lets it sign in now.', const: false },
      was_enabled: { description: 'Whether it let it sign in before.', type: 'boolean' },
    },
    examples: [{ ...exampleIdentity, enabled: false, was_enabled: true }],
  },
  target: { argument: 'user_id', kind: 'user' },
  effect: 'domain-sign-in-blocked',
  effectSentence:
    '{name} can no longer sign in at the directory on premises; sessions and tickets that are open go on until they end.',
  idempotent: 'check-then-act',
  inverse: undo,
  secrets: ['password'],
  permissions: [lockPermission, readUsers],
  failureCodes: lockFailureCodes,
  timeoutMs: 60_000,
  untrusted: untrustedIdentity,
  byHand:
    'In Active Directory Users and Computers, open the account: is it disabled? In OpenLDAP: has the entry pwdAccountLockedTime 000001010000Z?',
  docs: lockDocs,
};
