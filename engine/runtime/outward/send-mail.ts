import type { ActionOutcome, Connection, Notice } from '../../core/contracts/action.ts';
import type { Sockets } from '../http/open-socket.ts';
import { tellTimeoutMs } from './notice-parts.ts';
import { speakToRelay } from './speak-to-relay.ts';

/*
 * Mail through the operator's relay. Plain text in one part: there is no markup that a title could break out of.
 */

export interface Envelope extends Notice {
  /** The same for every try, so that a mailbox can tell a repeat. */
  messageId: string;
}

export async function sendMail(
  sockets: Sockets,
  connection: Connection,
  envelope: Envelope,
  check: () => void,
): Promise<ActionOutcome> {
  const failure = await speakToRelay(
    sockets,
    connection,
    { timeoutMs: tellTimeoutMs, check },
    (relay, from) =>
      relay.sendMail({
        from,
        to: { name: '', address: envelope.to },
        subject: envelope.title,
        text: [...envelope.lines, '', envelope.link, '', footer].join('\n'),
        messageId: envelope.messageId,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      }),
  );
  return failure === null ? { kind: 'succeeded', outputs: {} } : { kind: 'failed', failure };
}

const footer =
  'The link opens the question. Opening it decides nothing; you sign in, read it, and answer there.';
