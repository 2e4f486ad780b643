import { connect as beginTls, type TLSSocket } from 'node:tls';
import type { ImapTransport } from 'imapflow';
import { ImapFailure } from '../../core/contracts/imap.ts';
import { AddressRefused } from '../../core/contracts/ports.ts';
import { type Sockets, serverNameOf } from '../http/open-socket.ts';

/*
 * The socket that the library speaks over is opened by us, to an address that was judged, and TLS on it is ours too.
 */

export interface OpenTransport {
  transport: ImapTransport;
  host: string;
  /** Whether TLS stands, and with it that the server is the one that was meant. */
  isSafe(): boolean;
  close(): void;
}

/** @throws ImapFailure */
export async function openTransport(
  sockets: Sockets,
  url: URL,
  ca: string | undefined,
  timeoutMs: number,
): Promise<OpenTransport> {
  const plain = await sockets.open(url, timeoutMs).catch((cause: unknown) => {
    if (cause instanceof AddressRefused) throw new ImapFailure(cause.message, 'address', { cause });
    throw new ImapFailure(`${url.host} cannot be reached.`, 'unreachable', { cause });
  });
  // Told by the command under way.
  plain.on('error', () => undefined);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const servername = serverNameOf(url);
  let safe = false;
  const overTls = (onSecure: () => void): TLSSocket =>
    beginTls(
      {
        socket: plain,
        host,
        ...(servername !== undefined && { servername }),
        ...(ca !== undefined && { ca }),
        minVersion: 'TLSv1.2',
        // Said although it is the default: the environment can change the default.
        rejectUnauthorized: true,
      },
      () => {
        safe = true;
        onSecure();
      },
    );
  return {
    host,
    isSafe: () => safe,
    close: () => plain.destroy(),
    transport: {
      connect({ secure }, onConnect) {
        if (secure) return overTls(onConnect);
        setImmediate(onConnect);
        return plain;
      },
      upgrade: (_socket, _options, onSecure) => overTls(onSecure),
    },
  };
}
