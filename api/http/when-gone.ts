import type { Response } from 'express';

/** Aborted once nobody waits for an answer any more, or has all of it. */
export function whenGone(response: Response): AbortSignal {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}
