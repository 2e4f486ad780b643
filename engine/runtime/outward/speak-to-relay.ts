import { createTransport, type Transporter } from 'nodemailer';
import type { Connection, Failure } from '../../core/contracts/action.ts';
import { failureOfSecret } from '../../core/contracts/secret.ts';
import { hiderOf } from '../http/hide-secrets.ts';
import { type Sockets, serverNameOf } from '../http/open-socket.ts';

/*
 * One conversation with the operator's mail relay. The password leaves the secret store for it, and only inside TLS.
 */

const stepTimeoutMs = 15_000;
const form = 'smtps://relay.example.org:465, or smtp://relay.example.org:587 with STARTTLS';

/** @returns null when `say` went well */
export async function speakToRelay(
  sockets: Sockets,
  connection: Connection,
  { timeoutMs, check }: { timeoutMs: number; check: () => void },
  say: (relay: Transporter, from: string) => Promise<unknown>,
): Promise<Failure | null> {
  const { url: text = '', from = '', user, plain } = connection.settings;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.port === '')
    return misconfigured(`"url" of the connection "${connection.id}" is not of the form ${form}`);
  if (!/^[^\r\n]+@[^\r\n]+$/.test(from))
    return misconfigured(`"from" of the connection "${connection.id}" is no mail address`);
  if (user !== undefined && plain === 'yes')
    return misconfigured(`the connection "${connection.id}" would send its password over a plain line`);
  let password: string | null = null;
  try {
    if (user !== undefined) password = await connection.secret('password');
  } catch (error) {
    return failureOfSecret(error, { connection: connection.id, name: 'password' });
  }
  const auth = user === undefined || password === null ? undefined : { user, pass: password };
  try {
    const socket = await sockets.open(url, stepTimeoutMs);
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    try {
      check();
      const servername = serverNameOf(url);
      const relay = createTransport({
        host: url.hostname,
        port: Number(url.port),
        connection: socket,
        secure: url.protocol === 'smtps:',
        requireTLS: url.protocol === 'smtp:' && plain !== 'yes',
        ignoreTLS: plain === 'yes',
        tls: { minVersion: 'TLSv1.2', ...(servername !== undefined && { servername }) },
        ...(auth !== undefined && { auth }),
        connectionTimeout: stepTimeoutMs,
        greetingTimeout: stepTimeoutMs,
        socketTimeout: stepTimeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      await say(relay, from);
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
    return null;
  } catch (error) {
    return explain(error, hiderOf(password === null ? [] : [password]));
  }
}

/** A relay that refuses the address will refuse it again; everything else may pass. */
function explain(error: unknown, hide: (text: string) => string): Failure {
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message?: string };
  // Some relays repeat what they were sent.
  const told = hide(String(message ?? error))
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ')
    .slice(0, 300);
  if (code === 'EENVELOPE' && responseCode !== undefined && responseCode >= 500)
    return { code: 'refused', kind: 'terminal', message: `the relay does not take mail for it: ${told}` };
  return { code: code === 'EAUTH' ? 'unauthorized' : 'unavailable', kind: 'retryable', message: told };
}

function misconfigured(message: string): Failure {
  return { code: 'misconfigured', kind: 'terminal', message };
}
