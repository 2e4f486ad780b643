import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { placeOf } from '../../engine/runtime/http/address-rules.ts';
import type { RedisTarget } from '../../engine/runtime/queue/redis-target.ts';

/**
 * Where our own API, database and queue answer, and the store of our secrets. No connector has business there: whoever may name an address
 * would else speak to them from inside (audit facts 4.5). A name that leads nowhere now is kept as a name.
 */
export async function ownPlaces(ours: {
  databaseUrl: string;
  queue: RedisTarget | null;
  listens: readonly { host: string; port: number }[];
  /** Where Vault is, as an origin; null: nowhere. */
  vault: string | null;
}): Promise<string[]> {
  const places = [
    ...databasePlaces(ours.databaseUrl),
    ...queuePlaces(ours.queue),
    ...ours.listens,
    ...vaultPlaces(ours.vault),
  ];
  const found = await Promise.all(
    places.map(async ({ host, port, shared = false }: Place) => {
      const bare = host.replace(/^\[(.*)\]$/, '$1');
      const addresses = isIP(bare) === 0 && !shared ? await addressesOf(bare) : [];
      const whole = bare === '0.0.0.0' || bare === '::' ? thisMachine() : [];
      return [bare, ...addresses, ...whole].map((each) => placeOf(each, port));
    }),
  );
  return [...new Set(found.flat())];
}

interface Place {
  host: string;
  port: number | string;
  /** Others answer at the same address and port, and the name tells them apart. */
  shared?: boolean;
}

/** Behind an ingress on 443 there are others at its address, whom connectors may well have business with. */
function vaultPlaces(origin: string | null): Place[] {
  if (origin === null) return [];
  const { hostname, port, protocol } = new URL(origin);
  const spoken = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return [{ host: hostname, port: spoken, shared: spoken === 443 }];
}

function databasePlaces(text: string): Place[] {
  if (!URL.canParse(text)) return [];
  const { hostname, port } = new URL(text);
  return hostname === '' ? [] : [{ host: hostname, port: port || 5432 }];
}

function queuePlaces(queue: RedisTarget | null): Place[] {
  if (queue === null) return [];
  if (queue.kind === 'single') {
    const { hostname, port } = new URL(queue.url);
    return [{ host: hostname, port: port || 6379 }];
  }
  return queue.kind === 'cluster' ? queue.nodes : queue.sentinels;
}

async function addressesOf(name: string): Promise<string[]> {
  const answers = await lookup(name, { all: true }).catch(() => []);
  return answers.map(({ address }) => address);
}

function thisMachine(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) =>
    each.map(({ address }) => address),
  );
  return ['localhost', '127.0.0.1', '::1', ...addresses];
}
