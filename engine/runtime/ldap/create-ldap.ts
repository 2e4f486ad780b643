import type { TLSSocket } from 'node:tls';
import { Attribute, Change, Client, type Entry } from 'ldapts';
import {
  type Ldap,
  type LdapAccess,
  type LdapEntry,
  LdapFailure,
  type LdapSession,
  type LdapTerms,
} from '../../core/contracts/ldap.ts';
import type { Sockets } from '../http/open-socket.ts';
import { openLdapLine } from './open-ldap-line.ts';
import { resultOf } from './result-of.ts';
import { AssertionControl, writeFilter } from './write-filter.ts';

/** A request to a directory is answered in milliseconds; whoever takes this long is not well. */
const stepTimeoutMs = 15_000;
/** As for HTTP: a longer conversation is a mistake or an attack on our memory. */
const bytesMax = 5 * 1024 * 1024;

/**
 * The one way to directories. A line serves one conversation: it is never opened anew behind our back, because what is
 * asked over an unsigned line is answered differently.
 */
export function createLdap(sockets: Sockets): Ldap {
  return {
    async speak(access, terms, talk) {
      // An empty password signs in as nobody, and the server says yes (RFC 4513 section 5.1.2).
      if (access.password === '' || access.bindDn === '')
        throw new LdapFailure('Name or password of the login is empty.', 'sign-in', 'not-done');
      stopIfOver(terms);
      const line = await openLdapLine(sockets, access, stepTimeoutMs);
      const hangUp = (): void => void line.destroy();
      terms.signal?.addEventListener('abort', hangUp, { once: true });
      try {
        const client = clientOver(line);
        await signIn(client, access, terms);
        return await talk(sessionOf(client, line, terms));
      } finally {
        terms.signal?.removeEventListener('abort', hangUp);
        hangUp();
      }
    },
  };
}

function clientOver(line: TLSSocket): Client {
  let used = false;
  const client = new Client({
    url: 'ldap://secured.invalid',
    timeout: stepTimeoutMs,
    createConnection: () => {
      if (used) throw new Error('the line was closed');
      used = true;
      return line;
    },
  });
  let bytes = 0;
  line.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) line.destroy();
  });
  // Whoever waits for an answer hears of it by the closing of the line.
  line.on('close', () => line.on('error', () => undefined));
  return client;
}

async function signIn(client: Client, { bindDn, password }: LdapAccess, terms: LdapTerms): Promise<void> {
  stopIfOver(terms);
  try {
    await client.bind(bindDn, password);
  } catch (cause) {
    const result = resultOf(cause);
    const message =
      result === null ? 'The sign-in was not answered.' : `The sign-in was refused (${result}).`;
    throw new LdapFailure(message, 'sign-in', 'not-done', { result, cause });
  }
}

function sessionOf(client: Client, line: TLSSocket, terms: LdapTerms): LdapSession {
  return {
    async find({ base, scope, filter, attributes, binary = [], atMost }) {
      stopIfOver(terms);
      try {
        const { searchEntries } = await client.search(base, {
          scope,
          filter: writeFilter(filter),
          attributes: [...attributes],
          explicitBufferAttributes: [...binary],
          timeLimit: stepTimeoutMs / 1_000,
          ...(atMost !== undefined && { sizeLimit: atMost }),
        });
        return searchEntries.map((entry) => entryOf(entry, binary));
      } catch (cause) {
        const result = resultOf(cause);
        throw new LdapFailure(`A search failed (${result ?? 'no answer'}).`, 'request', 'not-done', {
          result,
          cause,
        });
      }
    },

    async modify(dn, changes, assert) {
      const request = changes.map(
        (change) =>
          new Change({
            operation: change.do,
            modification: new Attribute({ type: change.attribute, values: [change.value] }),
          }),
      );
      const controls = assert === undefined ? [] : [new AssertionControl(assert)];
      stopIfOver(terms);
      if (line.destroyed) throw new LdapFailure('The line was closed.', 'request', 'not-done');
      try {
        await client.modify(dn, request, controls);
      } catch (cause) {
        const result = resultOf(cause);
        const effect = result === null || !saysNo(result) ? 'maybe-done' : 'not-done';
        throw new LdapFailure(`A change was not confirmed (${result ?? 'no answer'}).`, 'request', effect, {
          result,
          cause,
        });
      }
    },
  };
}

/**
 * Answers that say for certain that nothing was changed: a request is done whole or not at all (RFC 4511 section 4.6).
 * Not among them is what a server says that has lost its way: operationsError 1, timeLimitExceeded 3, busy 51,
 * unavailable 52, other 80.
 */
function saysNo(result: number): boolean {
  return ![1, 3, 51, 52, 80].includes(result);
}

function stopIfOver({ signal, beforeSend }: LdapTerms): void {
  const message = 'The request was refused before it was sent.';
  if (signal?.aborted === true)
    throw new LdapFailure(message, 'request', 'not-done', { cause: signal.reason });
  try {
    beforeSend?.();
  } catch (cause) {
    throw new LdapFailure(message, 'request', 'not-done', { cause });
  }
}

function entryOf({ dn, ...attributes }: Entry, binary: readonly string[]): LdapEntry {
  const values = Object.entries(attributes).map(([name, given]): [string, string[]] => {
    const form = binary.includes(name) ? 'hex' : 'utf8';
    const list = Array.isArray(given) ? given : [given];
    return [
      name.toLowerCase(),
      list.map((value) => (typeof value === 'string' ? Buffer.from(value) : value).toString(form)),
    ];
  });
  return { dn, values: new Map(values) };
}
