import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { placeOf } from '../../engine/runtime/http/address-rules.ts';
import type { RedisTarget } from '../../engine/runtime/queue/redis-target.ts';

/**
 * Where our own API, database and queue answer. No connector has business there: whoever may name an address
 * would else speak to them from inside (audit facts 4.5). A name that leads nowhere now is kept as a name.
 */
export async function ownPlaces(ours: {
  databaseUrl: string;
  queue: RedisTarget | null;
  listens: readonly { host: string; port: number }[];
}): Promise<string[]> {
  return await spelled([...databasePlaces(ours.databaseUrl), ...queuePlaces(ours.queue), ...ours.listens]);
}

/**
 * Where the store of our secrets answers, for connectors as little. Whoever signs people in may be there too, because
 * the operator has named both. Behind an ingress on 443 there are others at its address, so its name alone counts there.
 * @param origin null: there is none
 */
export async function storePlaces(origin: string | null): Promise<string[]> {
  if (origin === null) return [];
  const { hostname, port, protocol } = new URL(origin);
  const spoken = Number(port) || (protocol === 'https:' ? 443 : 80);
  return spoken === 443 ? [placeOf(hostname, spoken)] : await spelled([{ host: hostname, port: spoken }]);
}

/** Under each name and address that they have. */
async function spelled(places: readonly Place[]): Promise<string[]> {
  const found = await Promise.all(
    places.map(async ({ host, port }) => {
      const bare = host.replace(/^\[(.*)\]$/, '$1');
      const addresses = isIP(bare) === 0 ? await addressesOf(bare) : [];
      const whole = bare === '0.0.0.0' || bare === '::' ? thisMachine() : [];
      return [bare, ...addresses, ...whole].map((each) => placeOf(each, port));
    }),
  );
  return [...new Set(found.flat())];
}

interface Place {
  host: string;
  port: number | string;
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
