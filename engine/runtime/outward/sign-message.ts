import { createHmac } from 'node:crypto';

/** Standard Webhooks 1.0.0: 24 to 64 random bytes. */
const secretBytes = { min: 24, max: 64 };

/**
 * Reads one or, while they are exchanged, two secrets `whsec_<base64>` with a blank between them.
 * @returns null when it is anything else; the text itself is never part of a message
 */
export function readSecrets(text: string): Buffer[] | null {
  const words = text.trim().split(/\s+/);
  const secrets = words.map((word) => Buffer.from(word.replace(/^whsec_/, ''), 'base64'));
  const whole = secrets.every(
    (secret, at) =>
      words[at] === `whsec_${secret.toString('base64')}` &&
      secret.length >= secretBytes.min &&
      secret.length <= secretBytes.max,
  );
  return whole && secrets.length <= 2 ? secrets : null;
}

/** Headers of one message; a signature for each secret, so that either side may change first. */
export function signMessage(
  secrets: readonly Buffer[],
  message: { id: string; timestamp: number; body: string },
): { [name: string]: string } {
  const { id, timestamp, body } = message;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
