import { createHmac, timingSafeEqual } from 'node:crypto';

/** The three headers of a message, as they came; undefined: it had none of that name. */
export interface MessageHeaders {
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
}

/**
 * Whether a message is signed by somebody who has one of the secrets (Standard Webhooks 1.0.0). Over the bytes as
 * they came: turning them into a text first maps every invalid one to the same character.
 * @returns why it is not; null when it is. Says nothing about its age
 */
export function objectionTo(
  secrets: readonly Buffer[],
  { id, timestamp, signature }: MessageHeaders,
  body: Uint8Array,
): string | null {
  // With a point in it, an id could take over some of the time or of the body.
  if (id === undefined || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) return 'webhook-id is missing or malformed';
  if (timestamp === undefined || !/^[0-9]{1,12}$/.test(timestamp))
    return 'webhook-timestamp is missing or malformed';
  // Versions that nobody here knows are skipped: the sender may be ahead of us.
  const signatures = (signature ?? '').split(' ').flatMap((word) => {
    const value = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(word)?.[1];
    return value === undefined ? [] : [Buffer.from(value, 'base64')];
  });
  if (signatures.length === 0) return 'webhook-signature has no signature of version 1';
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
    // All of them, so that the time it takes does not tell which secret it was.
    for (const each of signatures) signed = timingSafeEqual(expected, each) || signed;
  }
  return signed ? null : 'no signature is by a secret of this trigger';
}
