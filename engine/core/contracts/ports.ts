/*
 * What pure code and actions are handed instead of reaching for it themselves.
 * Small on purpose; each is spoken from the caller's side.
 */

export interface Clock {
  /** Milliseconds since the epoch. Leases and deadlines use the database's clock instead. */
  nowMs(): number;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Absolute; path segments and query values are already encoded by the caller. */
  url: string;
  headers?: { [name: string]: string };
  body?: string;
  /** Upper bound for this one exchange; default 30,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called on the open connection right before the first byte; a throw refuses the request (`before-send`). */
  beforeSend?: () => void;
}

export interface HttpResponse {
  status: number;
  /** Lower-case names. */
  headers: { [name: string]: string };
  /** At most 5 MiB; longer answers are an `HttpFailure`. */
  text: string;
}

/**
 * Whether the request can have reached the target. Only `before-send` is safe to repeat blindly:
 * everything else may have acted.
 */
export class HttpFailure extends Error {
  readonly sent: 'before-send' | 'maybe-sent';
  constructor(message: string, sent: 'before-send' | 'maybe-sent', options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HttpFailure';
    this.sent = sent;
  }
}

/** The address is one that no request of ours goes to. The message names host and address, and neither is a secret. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressRefused';
  }
}

/** One guarded client for every connector: no redirects, bounded size, origin-bound. Throws `HttpFailure`. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}
