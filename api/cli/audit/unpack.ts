import { readTarHead, type TarHead, tarPadding } from '../../../engine/core/audit/tar.ts';

/** A table of a hundred thousand entries is a tenth of it; a server that sends without end is no evidence. */
const fileBytesMax = 1 << 30;

/**
 * The files of an archive as they come, each whole.
 * @throws RangeError when it ends early, or is no archive
 */
export async function unpack(
  archive: AsyncIterable<Uint8Array>,
  take: (name: string, content: Uint8Array) => void,
): Promise<void> {
  const pieces = archive[Symbol.asyncIterator]();
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  async function next(bytes: number): Promise<Buffer> {
    while (waitingBytes < bytes) {
      const piece = await pieces.next();
      if (piece.done) throw new RangeError('it ended early');
      waiting.push(Buffer.from(piece.value));
      waitingBytes += piece.value.length;
    }
    const all = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [all.subarray(bytes)];
    waitingBytes -= bytes;
    return all.subarray(0, bytes);
  }
  for (;;) {
    const head: TarHead | null = readTarHead(await next(512));
    if (head === null) return;
    if (!(head.bytes <= fileBytesMax)) throw new RangeError('a file of it is too large');
    const content = await next(head.bytes);
    await next(tarPadding(head.bytes).length);
    take(head.name, content);
  }
}
