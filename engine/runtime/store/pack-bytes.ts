/*
 * Many byte strings as one parameter: the driver sends one Buffer as it is, but a list of them as
 * hexadecimal text, which is twice as long and is read character by character. In SQL each is
 * `substring($bytes from start for length)`.
 */
export interface PackedBytes {
  bytes: Buffer;
  /** From 1, as SQL counts. */
  starts: number[];
  lengths: number[];
}

export function packBytes(parts: readonly Uint8Array[]): PackedBytes {
  const lengths = parts.map((part) => part.length);
  const starts: number[] = [];
  let start = 1;
  for (const length of lengths) {
    starts.push(start);
    start += length;
  }
  return { bytes: Buffer.concat(parts), starts, lengths };
}
