import type { Connection, Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapAccess } from '../../../engine/core/contracts/ldap.ts';
import { terminal } from '../../client/fail.ts';
import { readSecret } from '../../client/read-secret.ts';
import { setting } from '../../client/read-setting.ts';
import { type DirectoryKind, isDirectoryKind } from './dialect.ts';

/** A connection of the system `ldap`, with its password. */
export interface Directory {
  kind: DirectoryKind;
  access: LdapAccess;
  baseDn: string;
  settings: { readonly [name: string]: string };
}

export type Read<Value> = ({ ok: true } & Value) | { ok: false; failure: Failure };

export async function readDirectory(connection: Connection): Promise<Read<{ directory: Directory }>> {
  const { settings } = connection;
  for (const name of ['url', 'bindDn', 'baseDn', 'kind']) {
    const given = setting(connection, name);
    if (!given.ok) return given;
  }
  const { url = '', bindDn = '', baseDn = '', kind = '', ca } = settings;
  const refuse = (what: string): { ok: false; failure: Failure } => ({
    ok: false,
    failure: terminal('misconfigured', `Connection "${connection.id}" ${what}.`),
  });
  if (!isDirectoryKind(kind)) return refuse('needs "active-directory" or "openldap" in its setting "kind"');
  if (!/^ldaps?:\/\/[^/]+:\d+\/?$/.test(url))
    return refuse('needs ldaps://host:636 or ldap://host:389 in its setting "url", with the port');
  // As a distinguished name only: with another spelling we could not tell ourselves from the target.
  if (!bindDn.includes('=')) return refuse('needs a distinguished name in its setting "bindDn"');
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
    return refuse('needs certificates as PEM in its setting "ca"');
  const secret = await readSecret(connection, 'password');
  if (!secret.ok) return secret;
  const { value: password } = secret;
  if (password === '') return refuse('has no usable secret "password"');
  const access = { url, bindDn, password, ...(ca !== undefined && { ca }) };
  return { ok: true, directory: { kind, access, baseDn, settings } };
}
