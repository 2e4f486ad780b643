import type { Probe } from '../../core/contracts/probe.ts';
import type { Sockets } from '../http/open-socket.ts';
import { speakToRelay } from './speak-to-relay.ts';

const timeoutMs = 20_000;

/** Greets the relay, begins TLS and signs in as a mail would, and hangs up before there is one. */
export function probeRelay(sockets: Sockets): Probe {
  return async ({ connection, signal }) => {
    const check = () => signal.throwIfAborted();
    const failure = await speakToRelay(sockets, connection, { timeoutMs, check }, (relay) => relay.verify());
    return { looks: [{ what: 'sign in at the relay', failure }], rights: {} };
  };
}
