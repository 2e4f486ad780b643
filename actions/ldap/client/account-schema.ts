import type { JsonObject } from '../../../schemas/json.ts';
import { vendorFailureCodes } from '../../client/fail.ts';

/* What the manifests of this system have in common. */

export const userId: JsonObject = {
  description:
    'Login name, user principal name, mail address, distinguished name or object id (objectGUID, entryUUID) of the account.',
  type: 'string',
  minLength: 1,
  maxLength: 256,
};

export const objectId: JsonObject = {
  description:
    'Object id that `user_id` must still lead to; refused with `conflict` when another account has got the name. Empty asks for nothing.',
  type: 'string',
  maxLength: 36,
};

export const comment: JsonObject = {
  description: 'Reason, kept in the audit log of Riposte; the directory has no field for it.',
  type: 'string',
  maxLength: 4000,
};

export const identity: JsonObject = {
  id: { description: 'Object id of the account: objectGUID or entryUUID.', type: 'string' },
  dn: { description: 'Distinguished name of the account.', type: 'string' },
  login: { description: 'Login name: sAMAccountName or uid; absent if there is none.', type: 'string' },
  upn: { description: 'User principal name; absent if there is none, as in OpenLDAP.', type: 'string' },
  display_name: { description: 'Display name, or else the common name.', type: 'string' },
};

export const exampleIdentity: JsonObject = {
  id: '4a5b6c7d-0000-4000-8000-00000000b001',
  dn: 'CN=Ann Example,OU=Staff,DC=contoso,DC=com',
  login: 'ann',
  upn: 'ann@contoso.com',
  display_name: 'Ann Example',
};

export const untrustedIdentity = ['dn', 'login', 'upn', 'display_name'];

export const readUsers = 'LDAP: read users';
export const readGroups = 'LDAP: read groups';
export const lockPermission = 'LDAP: write userAccountControl, or pwdAccountLockedTime in OpenLDAP';

export const lockFailureCodes: string[] = [...vendorFailureCodes, 'own-login'];

export const lockDocs = [
  'https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-ada3/01cf3969-bc7f-4294-9223-f15668557f5f',
  'https://www.openldap.org/software/man.cgi?query=slapo-ppolicy',
];
