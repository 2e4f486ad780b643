import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import { type LdapAccess, LdapFailure } from '../../core/contracts/ldap.ts';
import { type Sockets, serverNameOf } from '../http/open-socket.ts';
import { resultOf } from './result-of.ts';

/** RFC 4511 section 4.14. */
const startTls = '1.3.6.1.4.1.1466.20037';
const form = 'ldaps://dc.example.org:636, or ldap://dc.example.org:389, where TLS is begun first';

/** A line to the directory that nobody reads along. There is no way to one without TLS. */
export async function openLdapLine(
  sockets: Sockets,
  { url: text, ca }: LdapAccess,
  stepTimeoutMs: number,
): Promise<TLSSocket> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^ldaps?:$/.test(url.protocol) || url.port === '')
    throw new LdapFailure(`The address is not of the form ${form}.`, 'connect', 'not-done');
  const socket = await sockets.open(url, stepTimeoutMs).catch((cause: unknown) => {
    throw new LdapFailure(`${url.host} cannot be reached.`, 'connect', 'not-done', { cause });
  });
  try {
    if (url.protocol === 'ldap:') await askForTls(socket, url, stepTimeoutMs);
    return await secured(socket, url, ca, stepTimeoutMs);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * By a client of its own: whatever somebody in between adds to the answer stays with it, and is never taken for the
 * beginning of what comes over TLS.
 */
async function askForTls(socket: Socket, url: URL, timeout: number): Promise<void> {
  const client = new Client({ url: 'ldap://plain.invalid', createConnection: () => socket, timeout });
  try {
    await client.exop(startTls);
  } catch (cause) {
    const message = `${url.host} does not begin TLS.`;
    throw new LdapFailure(message, 'secure', 'not-done', { result: resultOf(cause), cause });
  }
  socket.removeAllListeners('data');
}

function secured(socket: Socket, url: URL, ca: string | undefined, timeoutMs: number): Promise<TLSSocket> {
  const servername = serverNameOf(url);
  const line = connect({
    socket,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    minVersion: 'TLSv1.2',
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
  });
  return new Promise((resolve, reject) => {
    const fail = (what: string, cause?: unknown): void => {
      clearTimeout(timer);
      line.destroy();
      reject(new LdapFailure(`TLS with ${url.host} failed: ${what}.`, 'secure', 'not-done', { cause }));
    };
    const broken = (error: Error & { code?: unknown }): void =>
      fail(typeof error.code === 'string' ? error.code : error.name, error);
    const closed = (): void => fail('the line was closed');
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    line.once('error', broken);
    line.once('close', closed);
    line.once('secureConnect', () => {
      clearTimeout(timer);
      line.off('error', broken);
      line.off('close', closed);
      resolve(line);
    });
  });
}
