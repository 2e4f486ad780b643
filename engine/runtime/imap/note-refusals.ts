import type { Logger } from 'imapflow';

/** What a server said when it said no, as far as anything is decided by it. */
export interface Refusal {
  /** RFC 5530, e.g. `NOPERM`; empty when it gives none. */
  code: string;
}

export interface Refusals {
  /** Writes nothing anywhere. */
  logger: Logger;
  /** The last one, and forgets it. */
  take(): Refusal | null;
}

/**
 * The library answers `false` to a command that failed, whether the server said no or was gone, and tells its logger
 * which. The difference is the one between nothing happened and nobody knows, so its logger is this.
 */
export function noteRefusals(): Refusals {
  let last: Refusal | null = null;
  return {
    logger: {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn(entry: { err?: unknown }) {
        const refusal = refusalIn(entry.err);
        if (refusal !== null) last = refusal;
      },
    },
    take() {
      const taken = last;
      last = null;
      return taken;
    },
  };
}

/** A tagged NO or BAD, and nothing else: a line that broke has no status. */
export function refusalIn(error: unknown): Refusal | null {
  const { responseStatus, serverResponseCode } = (error ?? {}) as {
    responseStatus?: unknown;
    serverResponseCode?: unknown;
  };
  if (responseStatus !== 'NO' && responseStatus !== 'BAD') return null;
  const code = typeof serverResponseCode === 'string' ? serverResponseCode.toUpperCase() : '';
  return { code: /^[A-Z-]{1,40}$/.test(code) ? code : '' };
}
