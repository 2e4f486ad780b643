import type { Connection, Failure } from '../../engine/core/contracts/action.ts';
import { terminal } from '../client/fail.ts';
import { readSecret } from '../client/read-secret.ts';

/** How a connection signs in: its setting `auth`. */
export const authWays = ['none', 'bearer', 'basic', 'header'] as const;

/** The one secret of such a connection. */
export const credentialName = 'credential';

type Headers = { [name: string]: string };

/** The header with the secret, in the way that the setting `auth` names. */
export async function credentialHeaders(
  connection: Connection,
): Promise<{ ok: true; headers: Headers } | { ok: false; failure: Failure }> {
  const { auth = 'none', user = '', authHeader = '' } = connection.settings;
  if (auth === 'none') return { ok: true, headers: {} };
  const read = await readSecret(connection, credentialName);
  if (!read.ok) return read;
  const secret = read.value.trim();
  // A line break would begin another header.
  if (!/^[ -~]{1,8192}$/.test(secret))
    return refuse(
      `Connection "${connection.id}" has no usable secret "${credentialName}": one line of printable ASCII.`,
    );
  switch (auth) {
    case 'bearer':
      return { ok: true, headers: { authorization: `Bearer ${secret}` } };
    case 'basic':
      return {
        ok: true,
        headers: { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` },
      };
    case 'header':
      if (isFreeHeader(authHeader)) return { ok: true, headers: { [authHeader.toLowerCase()]: secret } };
      return refuse(`Connection "${connection.id}" needs the name of a header in its setting "authHeader".`);
    default:
      return refuse(
        `Connection "${connection.id}" needs one of ${authWays.join(', ')} in its setting "auth".`,
      );
  }
}

/** Names that decide how a request is carried, or that the sign-in has for itself. */
const taken = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isFreeHeader(name: string): boolean {
  const plain = name.toLowerCase();
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(plain) && !taken.has(plain) && !plain.startsWith('proxy-');
}

function refuse(message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal('misconfigured', message) };
}
