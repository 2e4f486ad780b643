import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** A beat comes every 15 seconds, so a line on which nothing moves for two of them has no reader. */
const stillMsMax = 30_000;

/**
 * An answer that is made while it is sent. What fails on the way breaks the connection off, so that nobody takes a part
 * for the whole; a reader who leaves is no failure.
 */
export async function sendPieces(
  response: Response,
  pieces: AsyncIterable<string | Uint8Array>,
  stillMs = stillMsMax,
): Promise<void> {
  // Gone while it was looked up: there is nothing left that could be written to.
  if (response.closed) return;
  response.flushHeaders();
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  // Nobody listens to its end, so the socket is closed then.
  response.setTimeout(stillMs);
  try {
    await pipeline(Readable.from(pieces), response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
