import type { lookup } from 'node:dns';
import { Agent, Pool } from 'undici';
import { AddressRefused, type Http, HttpFailure } from '../../core/contracts/ports.ts';
import { type AddressRules, createAddressRules } from './address-rules.ts';
import { exchange } from './exchange.ts';
import { guardedLookup } from './guarded-lookup.ts';

export interface HttpOptions {
  /**
   * Admits loopback, private and other special addresses, plain http and any port.
   * For the lab and for tests. Metadata services stay out of reach even then.
   */
  allowPrivate?: boolean;
  /**
   * Exact exceptions of one installation: an origin (`http://edr.internal:8080`) or a range with
   * its port (`10.20.0.0/16:443`, `fd12::/16:8443`).
   */
  allow?: string[];
  /** Bound for opening a connection, in milliseconds; default 10,000. */
  connectTimeoutMs?: number;
  /** What is ours, written by `placeOf`: never contacted, whatever is allowed. */
  never?: readonly string[];
  /** Another resolver than the system's. */
  resolve?: typeof lookup;
  /** Open connections per origin; default 32. */
  connections?: number;
  /** Certificates in PEM that alone are trusted; absent: those that the runtime trusts. */
  authority?: string;
}

const defaultTimeoutMs = 30_000;

/**
 * The one way out of the process for connectors: no redirects, no proxy from the environment,
 * no decompression, at most 5 MiB an answer, addresses judged again at the moment of connecting.
 * Messages name method and host only, because the path of a webhook is a secret.
 *
 * @throws HttpFailure from `send`; `before-send` only if not one byte of the request was written.
 */
export function createHttp(options: HttpOptions = {}): Http & { close(): Promise<void> } {
  const rules = createAddressRules(options);
  const agent = new Agent({
    factory: (origin) =>
      new Pool(origin, {
        connections: options.connections ?? 32,
        allowH2: false,
        connect: {
          timeout: options.connectTimeoutMs ?? 10_000,
          lookup: guardedLookup(rules, new URL(origin), options.resolve),
          minVersion: 'TLSv1.2',
          ...(options.authority !== undefined && { ca: options.authority }),
        },
      }),
  });

  return {
    send: async (request) =>
      await exchange(agent, targetOf(request.url, rules), request, request.timeoutMs ?? defaultTimeoutMs),
    close: () => agent.close(),
  };
}

function targetOf(text: string, rules: AddressRules): URL {
  if (!URL.canParse(text)) throw new HttpFailure('The address is not a URL.', 'before-send');
  const url = new URL(text);
  const objection = rules.judgeUrl(url);
  if (objection !== null)
    throw new HttpFailure(objection, 'before-send', { cause: new AddressRefused(objection) });
  return url;
}
