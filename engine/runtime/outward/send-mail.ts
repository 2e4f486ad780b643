import { createTransport } from 'nodemailer';
import type { ActionOutcome, Connection, Notice } from '../../core/contracts/action.ts';
import { hiderOf } from '../http/hide-secrets.ts';
import { type Relays, serverNameOf } from '../http/open-relay.ts';
import { tellTimeoutMs } from './notice-parts.ts';

/*
 * Mail through the operator's relay. Plain text in one part: there is no markup that a title could break out of.
 * The password leaves the secret store for this one conversation, and only inside TLS.
 */

export interface Envelope extends Notice {
  /** The same for every try, so that a mailbox can tell a repeat. */
  messageId: string;
}

const stepTimeoutMs = 15_000;
const form = 'smtps://relay.example.org:465, or smtp://relay.example.org:587 with STARTTLS';

export async function sendMail(
  relays: Relays,
  connection: Connection,
  envelope: Envelope,
  check: () => void,
): Promise<ActionOutcome> {
  const { url: text = '', from = '', user, plain } = connection.settings;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.port === '')
    return failed('misconfigured', `"url" of the connection "${connection.id}" is not of the form ${form}`);
  if (!/^[^\r\n]+@[^\r\n]+$/.test(from))
    return failed('misconfigured', `"from" of the connection "${connection.id}" is no mail address`);
  if (user !== undefined && plain === 'yes')
    return failed(
      'misconfigured',
      `the connection "${connection.id}" would send its password over a plain line`,
    );
  const password = user === undefined ? null : await readPassword(connection);
  if (user !== undefined && password === null)
    return failed('misconfigured', `the connection "${connection.id}" has no usable secret "password"`);
  const auth = user === undefined || password === null ? undefined : { user, pass: password };
  try {
    const socket = await relays.open(url, stepTimeoutMs);
    check();
    const servername = serverNameOf(url);
    const transport = createTransport({
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
    const timer = setTimeout(() => socket.destroy(), tellTimeoutMs);
    try {
      await transport.sendMail({
        from,
        to: { name: '', address: envelope.to },
        subject: envelope.title,
        text: [...envelope.lines, '', envelope.link, '', footer].join('\n'),
        messageId: envelope.messageId,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
    return { kind: 'succeeded', outputs: {} };
  } catch (error) {
    return explain(error, hiderOf(password === null ? [] : [password]));
  }
}

const footer =
  'The link opens the question. Opening it decides nothing; you sign in, read it, and answer there.';

async function readPassword(connection: Connection): Promise<string | null> {
  try {
    return await connection.secret('password');
  } catch {
    // The cause is dropped on purpose: a secret store may put what it found into its message.
    return null;
  }
}

/** A relay that refuses the address will refuse it again; everything else may pass. */
function explain(error: unknown, hide: (text: string) => string): ActionOutcome {
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message?: string };
  // Some relays repeat what they were sent.
  const told = hide(String(message ?? error))
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ')
    .slice(0, 300);
  if (code === 'EENVELOPE' && responseCode !== undefined && responseCode >= 500)
    return failed('refused', `the relay does not take mail for it: ${told}`);
  return { kind: 'failed', failure: { code: 'unavailable', kind: 'retryable', message: told } };
}

function failed(code: string, message: string): ActionOutcome {
  return { kind: 'failed', failure: { code, kind: 'terminal', message } };
}
