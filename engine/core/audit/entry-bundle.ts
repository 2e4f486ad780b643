import { invariant } from '../contracts/invariant.ts';

/** An entry's length is two bytes in the format; ours are at most 16 KiB. */
const entryBytesMax = 65_535;

/** C2SP tlog-tiles: each entry as a big-endian 16-bit length and its bytes, one after the other. */
export function bundleEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let place = 0;
  for (const entry of entries) {
    invariant(entry.length <= entryBytesMax, 'an entry fits its length field');
    bundle[place] = entry.length >> 8;
    bundle[place + 1] = entry.length & 0xff;
    bundle.set(entry, place + 2);
    place += 2 + entry.length;
  }
  return bundle;
}
