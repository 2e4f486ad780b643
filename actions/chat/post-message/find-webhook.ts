import type { Connection, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { pathSegment } from '../../client/path.ts';
import { readSecret } from '../../client/read-secret.ts';
import { baseUrl } from '../../client/read-setting.ts';

const channelPattern = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u;
const userPattern = /^[\p{L}\p{N}'._#!^~+-]{1,113}@[A-Za-z0-9.-]{1,142}$/u;

/**
 * The address to post to: below the setting `webhookBase` if there is one, otherwise the secret
 * `webhook:<channel>` or `webhook:user:<user>`. Whoever knows a Workflows address can post, so it is
 * a secret and stands in no message.
 */
export async function findWebhook(
  connection: Connection,
  input: JsonObject,
): Promise<{ ok: true; url: string } | { ok: false; failure: Failure }> {
  const name = destinationOf(input);
  if (name === null)
    return refuse(
      'invalid-request',
      'A message needs one destination: a channel name or a user principal name.',
    );
  if (connection.settings.webhookBase !== undefined) {
    const base = baseUrl(connection, 'webhookBase');
    return base.ok ? { ok: true, url: `${base.url}/${pathSegment(name)}` } : base;
  }
  const secret = await readSecret(connection, `webhook:${name}`);
  if (!secret.ok) return secret;
  const url = secret.value.trim();
  if (URL.canParse(url)) return { ok: true, url };
  return refuse('misconfigured', `Connection "${connection.id}" has no usable secret "webhook:${name}".`);
}

function destinationOf(input: JsonObject): string | null {
  const { channel, user } = input;
  if (typeof channel === 'string' && user === undefined) return channelPattern.test(channel) ? channel : null;
  if (typeof user === 'string' && channel === undefined)
    return userPattern.test(user) ? `user:${user.toLowerCase()}` : null;
  return null;
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal(code, message) };
}
