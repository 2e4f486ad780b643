import type { JsonObject } from '../../../schemas/json.ts';
import type { Http } from '../../core/contracts/ports.ts';
import { SecretFailure } from '../../core/contracts/secret.ts';
import { readSecrets, signMessage } from './sign-message.ts';
import { type ReadSecret, sendTimeoutMs } from './stream-parts.ts';

/** @returns null when the receiver took it, else what went wrong, without address path, secret or body */
export async function sendEvent(
  parts: { http: Http; secret: ReadSecret },
  stream: { url: string; secretName: string },
  message: { id: string; nowMs: number; event: JsonObject },
  check: () => void = () => undefined,
): Promise<string | null> {
  let text: string;
  try {
    text = await parts.secret(stream.secretName);
  } catch (error) {
    // Whatever else was thrown may hold what it found.
    const why = error instanceof SecretFailure ? `: ${error.message}` : '.';
    return `the secret of ${stream.secretName} cannot be read${why}`;
  }
  const secrets = readSecrets(text);
  if (secrets === null)
    return `${stream.secretName} does not hold one or two secrets of the form whsec_<base64 of 24 to 64 bytes>`;
  const body = JSON.stringify(message.event);
  const timestamp = Math.floor(message.nowMs / 1000);
  try {
    const { status } = await parts.http.send({
      method: 'POST',
      url: stream.url,
      headers: signMessage(secrets, { id: message.id, timestamp, body }),
      body,
      timeoutMs: sendTimeoutMs,
      beforeSend: check,
    });
    return status >= 200 && status < 300 ? null : `the receiver answered ${status}`;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 500);
  }
}
