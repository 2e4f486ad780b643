import { lookup } from 'node:dns/promises';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createAddressRules } from './address-rules.ts';
import { guardedLookup } from './guarded-lookup.ts';

/*
 * Lines that speak no HTTP: plain or TLS connections that are only written to. The same rules about
 * addresses as for requests, judged when a line is configured and again at the moment of connecting.
 */

export interface Lines {
  /** What speaks against an address, also against those that its name leads to now; null for nothing. */
  judge(address: string): Promise<string | null>;
  /**
   * Opens the line, writes, closes its side and waits until the other side has closed too, without an error.
   * That is all TCP can tell: the bytes arrived there and were read to the end. Nobody says what became of them.
   *
   * @returns null, or what went wrong; then any part of it may have arrived
   */
  write(order: LineOrder): Promise<string | null>;
}

export interface LineOrder {
  address: string;
  /** Certificates in PEM; null for those that the runtime trusts. */
  authority: string | null;
  bytes: Uint8Array;
  /** For the whole of it. */
  timeoutMs: number;
  /** Right before the first byte; a throw refuses. */
  check(): void;
}

export function createLines(options: {
  allowPrivate?: boolean;
  allow?: string[];
  never?: readonly string[];
}): Lines {
  const rules = createAddressRules(options);
  return {
    async judge(address) {
      const url = urlOf(address);
      if (url === null) return 'The address is not of the form tls://host:port.';
      const objection =
        url.protocol === 'https:' || url.protocol === 'http:' ? rules.judgeUrl(url) : rules.judgeLine(url);
      if (objection !== null) return objection;
      const host = hostOf(url);
      if (isIP(host) !== 0) return null;
      // A name that leads nowhere today may tomorrow; sending judges again what it leads to then.
      const answers = await lookup(host, { all: true }).catch(() => []);
      for (const answer of answers) {
        const against = rules.judgeAddress(answer.address, url);
        if (against !== null) return against;
      }
      return null;
    },
    async write(order) {
      const url = urlOf(order.address);
      const objection =
        url === null ? 'The address is not of the form tls://host:port.' : rules.judgeLine(url);
      if (url === null || objection !== null) return objection;
      const host = hostOf(url);
      const target = { host, port: Number(url.port), lookup: guardedLookup(rules, url) };
      const open = () =>
        url.protocol === 'tcp:'
          ? connectPlain({ ...target, allowHalfOpen: true })
          : connectTls({
              ...target,
              allowHalfOpen: true,
              minVersion: 'TLSv1.2',
              ...(isIP(host) === 0 && { servername: host }),
              ...(order.authority !== null && { ca: order.authority }),
            } as ConnectionOptions);
      return await exchange(open, url.protocol === 'tcp:' ? 'connect' : 'secureConnect', order);
    },
  };
}

function exchange(
  open: () => Socket,
  ready: 'connect' | 'secureConnect',
  { bytes, timeoutMs, check }: LineOrder,
): Promise<string | null> {
  return new Promise((resolve) => {
    let finished = false;
    let closedByPeer = false;
    const socket = open();
    const settle = (problem: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(
      () =>
        settle(
          finished
            ? `the receiver did not close its side within ${timeoutMs} ms`
            : `not everything could be written within ${timeoutMs} ms`,
        ),
      timeoutMs,
    );
    socket.once(ready, () => {
      try {
        check();
      } catch {
        settle('refused right before it was sent');
        return;
      }
      socket.end(bytes);
    });
    socket.once('finish', () => {
      finished = true;
    });
    socket.once('end', () => {
      // Before everything is written it only says that the receiver does not want the rest.
      if (!finished) settle('the receiver closed the line in the middle');
      closedByPeer = true;
    });
    socket.once('error', (error: Error & { code?: string }) => settle(describe(error)));
    socket.once('close', () => settle(finished && closedByPeer ? null : 'the line was cut'));
    // Nothing is expected from there; what comes is read so that the end of it can be seen.
    socket.resume();
  });
}

function describe(error: Error & { code?: string }): string {
  if (error.message !== '') return error.message.slice(0, 500);
  return error.code ?? error.name;
}

/** Read as an https address, so that every way to write a host becomes one (`0x7f.1`, `①②⑦.0.0.1`). */
function urlOf(text: string): URL | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return null;
  if (scheme === 'https' || scheme === 'http') return URL.canParse(text) ? new URL(text) : null;
  const normal = `https${text.slice(scheme.length)}`;
  if (!URL.canParse(normal)) return null;
  const { host, port, hostname, pathname, search, hash, username, password } = new URL(normal);
  const user = username === '' && password === '' ? '' : `${username}:${password}@`;
  // 443 is the port that an https address leaves out.
  const ported = port === '' && /:443(\/|$)/.test(text) ? `${hostname}:443` : host;
  const line = `${scheme}://${user}${ported}${pathname === '/' ? '' : pathname}${search}${hash}`;
  return URL.canParse(line) ? new URL(line) : null;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
