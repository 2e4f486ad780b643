import { invariant } from '../contracts/invariant.ts';

/*
 * Files one behind the other (POSIX ustar): what every system unpacks, and what can be made while it is sent. Plain
 * files only, with names of ASCII.
 */

export interface TarHead {
  name: string;
  bytes: number;
}

const block = 512;

/** What closes an archive. One that ends without it is a part of one. */
export const tarEnd: Uint8Array = new Uint8Array(2 * block);

export function tarHead({ name, bytes }: TarHead, atSeconds: number): Uint8Array {
  const head = Buffer.alloc(block);
  const { prefix, rest } = split(name);
  const octal = (value: number, at: number, length: number) =>
    head.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'ascii');
  head.write(rest, 0, 'ascii');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(atSeconds, 136, 12);
  head.write('        0', 148, 'ascii');
  head.write('ustar\x0000', 257, 'latin1');
  head.write(prefix, 345, 'ascii');
  octal(sumOf(head), 148, 7);
  return head;
}

/** Zeros to the end of the last block of a file. */
export function tarPadding(bytes: number): Uint8Array {
  return new Uint8Array((block - (bytes % block)) % block);
}

/** Null for the end. @throws RangeError for what is no plain file of ours */
export function readTarHead(head: Uint8Array): TarHead | null {
  const at = Buffer.from(head);
  if (at.every((byte) => byte === 0)) return null;
  const text = (from: number, length: number) =>
    at.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  if (text(257, 6) !== 'ustar' || text(156, 1) !== '0' || Number.parseInt(text(148, 8), 8) !== sumOf(at))
    throw new RangeError('it is no archive of plain files');
  const length = text(124, 12);
  // A sign or a blank would do for a number, and no file of ours has one.
  if (!/^[0-7]+$/.test(length)) throw new RangeError('it is no archive of plain files');
  const bytes = Number.parseInt(length, 8);
  const [prefix, name] = [text(345, 155), text(0, 100)];
  return { name: prefix === '' ? name : `${prefix}/${name}`, bytes };
}

function split(name: string): { prefix: string; rest: string } {
  invariant(/^[\x21-\x7e]+$/.test(name), 'a file of an archive has a plain name');
  if (name.length <= 100) return { prefix: '', rest: name };
  const at = name.indexOf('/', name.length - 101);
  invariant(at > 0 && at <= 155, 'the name of a file fits into an archive');
  return { prefix: name.slice(0, at), rest: name.slice(at + 1) };
}

/** Over the head with blanks in the place of the sum. */
function sumOf(head: Buffer): number {
  return head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
