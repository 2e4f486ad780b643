/*
 * Object ids in the usual spelling. Active Directory keeps them as sixteen bytes, the first three groups with their last
 * byte first (MS-DTYP section 2.3.4).
 */

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const places = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

export function isObjectId(text: string): boolean {
  return guid.test(text);
}

export function bytesOfGuid(text: string): Uint8Array {
  const written = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Uint8Array.from(places, (place) => written[place] ?? 0);
}

/** Null if it is not sixteen bytes. */
export function guidOfHex(hex: string): string | null {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length !== places.length) return null;
  const text = Buffer.from(places.map((place) => bytes[place] ?? 0)).toString('hex');
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
