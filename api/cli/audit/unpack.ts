import { readTarHead, type TarHead, tarPadding } from '../../../engine/core/audit/tar.ts';

/** A table of a hundred thousand entries is a tenth of it. */
const fileBytesMax = 2 ** 30;
/** With the proofs beside it; a server that sends without end is no evidence. */
const allBytesMax = 2 ** 34;

/**
 * The files of an archive as they come, each whole. What comes behind its end, or behind what makes it none, is not
 * waited for: whoever sends does not decide how long that takes.
 * @throws RangeError when it ends early, or is no archive
 */
export async function unpack(
  archive: AsyncIterable<Uint8Array>,
  take: (name: string, content: Uint8Array) => void,
  bytesMax = allBytesMax,
): Promise<void> {
  const pieces = archive[Symbol.asyncIterator]();
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let came = 0;
  async function next(bytes: number): Promise<Buffer> {
    while (waitingBytes < bytes) {
      const piece = await pieces.next();
      if (piece.done) throw new RangeError('it ended early');
      came += piece.value.length;
      if (came > bytesMax) throw new RangeError('it is too large');
      waiting.push(Buffer.from(piece.value));
      waitingBytes += piece.value.length;
    }
    const all = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [all.subarray(bytes)];
    waitingBytes -= bytes;
    return all.subarray(0, bytes);
  }
  try {
    for (;;) {
      const head: TarHead | null = readTarHead(await next(512));
      if (head === null) return;
      if (!(head.bytes <= fileBytesMax)) throw new RangeError('a file of it is too large');
      const content = await next(head.bytes);
      await next(tarPadding(head.bytes).length);
      take(head.name, content);
    }
  } finally {
    await pieces.return?.();
  }
}
