import { ImapFlow } from 'imapflow';
import { type ImapAccess, ImapFailure } from '../../core/contracts/imap.ts';
import type { Sockets } from '../http/open-socket.ts';
import { explainOpening } from './explain-failure.ts';
import { noteRefusals, type Refusals } from './note-refusals.ts';
import { openTransport } from './tls-transport.ts';

/*
 * Signs in to the mailbox of one person. The password leaves for a server whose certificate was found good, and
 * nothing the server offers beyond plain IMAP4rev1 is switched on: less that can behave otherwise.
 */

export interface Session {
  client: ImapFlow;
  refusals: Refusals;
}

/** For a greeting, and for silence in the middle of an answer: SEARCH in a mailbox nobody has indexed takes its time. */
const stepTimeoutMs = 15_000;
const silenceMs = 120_000;

/**
 * A mail's header is at most 100 KiB where Postfix took it in; a list of 400,000 uids is about 3 MiB. Whoever sends
 * more than this is out to fill our memory.
 */
const limits = {
  maxLineLength: 4 * 1024 * 1024,
  maxLiteralSize: 2 * 1024 * 1024,
  maxResponseSize: 8 * 1024 * 1024,
  maxResponseTokens: 100_000,
};

/** @throws ImapFailure */
export async function openSession(
  sockets: Sockets,
  access: ImapAccess,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Session> {
  const url = new URL(access.url);
  const transport = await openTransport(sockets, url, access.ca, Math.min(stepTimeoutMs, timeoutMs));
  const refusals = noteRefusals();
  const client = new ImapFlow({
    ...limits,
    host: transport.host,
    port: Number(url.port),
    ...(url.protocol === 'imaps:' ? { secure: true } : { secure: false, doSTARTTLS: true }),
    transport: transport.transport,
    auth: signInOf(access),
    logger: refusals.logger,
    clientInfo: { name: 'riposte' },
    disableAutoIdle: true,
    disableCompression: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    connectionTimeout: stepTimeoutMs,
    greetingTimeout: stepTimeoutMs,
    socketTimeout: silenceMs,
  });
  // What breaks the line is told by the command under way; without a listener it would end the process.
  client.on('error', () => undefined);
  const hangUp = (): void => client.close();
  signal.addEventListener('abort', hangUp, { once: true });
  client.once('close', () => {
    signal.removeEventListener('abort', hangUp);
    transport.close();
  });
  try {
    signal.throwIfAborted();
    await client.connect();
    if (!signedIn(client, access))
      throw new ImapFailure('The server let us in, and not as the one whose mailbox it is.', 'unsupported');
    return { client, refusals };
  } catch (error) {
    client.close();
    transport.close();
    throw explainOpening(error, transport.isSafe(), signal);
  }
}

function signInOf({ access, user, password, separator, mailbox }: ImapAccess) {
  return access === 'authzid'
    ? { user, pass: password, authzid: mailbox, loginMethod: 'AUTH=PLAIN' }
    : { user: `${mailbox}${separator}${user}`, pass: password };
}

/**
 * A server without AUTH=PLAIN is signed in to by LOGIN, which knows no authzid, and one that greets with PREAUTH not at
 * all: we would stand in some mailbox and take it for the one that was meant. The library notes which way it went in a
 * field that is not in its types; should that be gone one day, nobody is let on.
 */
function signedIn(client: ImapFlow, { access }: ImapAccess): boolean {
  const { authCapabilities } = client as unknown as { authCapabilities?: Map<string, boolean> };
  const ways = access === 'authzid' ? ['AUTH=PLAIN'] : ['AUTH=PLAIN', 'AUTH=LOGIN', 'LOGIN'];
  return authCapabilities instanceof Map && ways.some((way) => authCapabilities.get(way) === true);
}
