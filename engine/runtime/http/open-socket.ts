import { connect, isIP, type Socket } from 'node:net';
import { AddressRefused } from '../../core/contracts/ports.ts';
import { createAddressRules } from './address-rules.ts';
import { guardedLookup } from './guarded-lookup.ts';

/*
 * Opens the plain connection to a mail relay, a directory or a mail server under the rules that every other way out
 * has; who speaks over it begins TLS. Addresses are judged again at the moment of connecting, so that a name cannot change its mind.
 */

export interface Sockets {
  /** @throws Error that names host and port only */
  open(address: URL, timeoutMs: number): Promise<Socket>;
}

export function createSockets(options: {
  allowPrivate?: boolean;
  allow?: string[];
  never?: readonly string[];
}): Sockets {
  const rules = createAddressRules(options);
  return {
    async open(address, timeoutMs) {
      const objection = rules.judgeSocket(address);
      if (objection !== null) throw new AddressRefused(objection);
      const host = address.hostname.replace(/^\[(.*)\]$/, '$1');
      const lookup = guardedLookup(rules, address);
      return await opened(connect({ host, port: Number(address.port), lookup }), timeoutMs);
    },
  };
}

/** The name to ask the certificate for; an address has none. */
export function serverNameOf({ hostname }: URL): string | undefined {
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? hostname : undefined;
}

function opened(socket: Socket, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`it could not be reached within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
