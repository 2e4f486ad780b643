import { isAbsolute } from 'node:path';
import { parseSource, type SecretSource } from '../../engine/core/secret/secret-source.ts';
import type { VaultSettings } from '../../engine/runtime/secrets/ask-vault.ts';
import { isPrivateWay } from './is-private-way.ts';
import { isMap } from './read-connections.ts';
import { readJsonFile } from './read-json-file.ts';
import { isText } from './read-oidc.ts';

const form =
  '{"address": "https://vault.example.org:8200", "auth": {"method": "kubernetes", "role": "riposte"}} or with {"method": "approle", "roleId": "…", "secretId": "file:/run/secrets/vault-secret-id"}';

/** Where Kubernetes puts the token of the pod. */
const podToken = 'file:/var/run/secrets/kubernetes.io/serviceaccount/token';

type Answer<T> = { value: T } | { write: string };

/** Where Vault or OpenBao is, and as whom Riposte signs in there. What stands where a secret is named is never repeated. */
export function readVault(path: string, readText: (path: string) => string): Answer<VaultSettings> {
  const json = readJsonFile(path, readText, form);
  if ('write' in json) return json;
  const read = isMap(json.value) ? readFields(json.value, readText) : { write: `an object like ${form}` };
  return 'write' in read ? { write: `in ${path}: ${read.write}` } : read;
}

function readFields(
  file: Record<string, unknown>,
  readText: (path: string) => string,
): Answer<VaultSettings> {
  const unknown = unknownField(file, ['address', 'namespace', 'ca', 'auth']);
  if (unknown !== null) return unknown;
  const { address, namespace = null, ca = null, auth } = file;
  if (typeof address !== 'string' || !isOrigin(address))
    return { write: '"address": https, host and port alone (http only on this machine)' };
  if (namespace !== null && !(isText(namespace, 200) && /^[A-Za-z0-9_./-]+$/.test(namespace)))
    return { write: '"namespace": as X-Vault-Namespace has it, such as "soc/"' };
  const authority = readAuthority(ca, readText);
  if ('write' in authority) return authority;
  const way = readAuth(auth);
  if ('write' in way) return way;
  return {
    value: { address: new URL(address).origin, namespace, authority: authority.value, auth: way.value },
  };
}

function readAuth(auth: unknown): Answer<VaultSettings['auth']> {
  if (!isMap(auth)) return { write: `"auth" as in ${form}` };
  const { method, mount = method, roleId, secretId, role, jwt = podToken } = auth;
  if (method !== 'approle' && method !== 'kubernetes')
    return { write: '"auth"."method": "approle" or "kubernetes"' };
  const unknown = unknownField(
    auth,
    method === 'approle' ? ['method', 'mount', 'roleId', 'secretId'] : ['method', 'mount', 'role', 'jwt'],
  );
  if (unknown !== null) return unknown;
  if (typeof mount !== 'string' || !/^[A-Za-z0-9_-]{1,100}$/.test(mount))
    return { write: '"auth"."mount": where the way to sign in is mounted, without "auth/"' };
  const proof = localSource(method === 'approle' ? secretId : jwt);
  if (proof === null)
    return {
      write: `"auth"."${method === 'approle' ? 'secretId' : 'jwt'}" as "env:NAME" or "file:/absolute/path", never the secret itself`,
    };
  if (method === 'approle')
    return isText(roleId, 200)
      ? { value: { method, mount, roleId, secretId: proof } }
      : { write: '"auth"."roleId": as Vault shows it' };
  return isText(role, 200)
    ? { value: { method, mount, role, jwt: proof } }
    : { write: '"auth"."role": the name of a role there' };
}

/** What opens the store cannot lie in it. */
function localSource(value: unknown): SecretSource | null {
  const source = parseSource(value);
  return source?.kind === 'env' || source?.kind === 'file' ? source : null;
}

function readAuthority(ca: unknown, readText: (path: string) => string): Answer<string | null> {
  if (ca === null) return { value: null };
  const wanted = { write: '"ca": the absolute path of certificates in PEM' };
  if (typeof ca !== 'string' || !isAbsolute(ca)) return wanted;
  try {
    const text = readText(ca);
    return text.includes('-----BEGIN CERTIFICATE-----') ? { value: text } : wanted;
  } catch {
    return wanted;
  }
}

function unknownField(map: Record<string, unknown>, fields: readonly string[]): { write: string } | null {
  const unknown = Object.keys(map).find((name) => !fields.includes(name));
  return unknown === undefined ? null : { write: `only ${fields.join(', ')}, not "${unknown}"` };
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || !isPrivateWay(text)) return false;
  const { origin, href } = new URL(text);
  return href === `${origin}/`;
}
