import type { Agent, Dispatcher } from 'undici';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../core/contracts/ports.ts';

/** Vendor answers are small; a longer one is a mistake or an attack on our memory. */
const maxResponseBytes = 5 * 1024 * 1024;

type DispatchController = Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestStart']>>[0];

/**
 * One request and its answer over an undici agent, bounded as a whole by `timeoutMs`.
 *
 * undici calls `onRequestStart` on an open connection right before it writes the first byte.
 * That call is the line between `before-send` and `maybe-sent`: no error code is interpreted.
 */
export function exchange(
  agent: Agent,
  url: URL,
  request: HttpRequest,
  timeoutMs: number,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: { [name: string]: string } = {};
    let bytes = 0;
    let started = false;
    let settled = false;
    let controller: DispatchController | null = null;

    const settle = (end: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      end();
    };
    const fail = (what: string, cause?: unknown): void => {
      const sent = started ? 'maybe-sent' : 'before-send';
      settle(() =>
        reject(
          new HttpFailure(`${request.method} ${url.host}: ${what}`, sent, {
            cause,
          }),
        ),
      );
      controller?.abort(new Error(what));
    };
    const refuseLate = (): void => {
      if (settled) return;
      try {
        request.beforeSend?.();
      } catch (cause) {
        fail('refused right before it was sent', cause);
      }
    };
    const onAbort = (): void => fail('the request was aborted', request.signal?.reason);
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);

    if (request.signal?.aborted === true) return onAbort();
    request.signal?.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(given) {
        controller = given;
        refuseLate();
        // it was given up while it waited for a connection: stopping here writes nothing
        if (settled) given.abort(new Error('given up before it was sent'));
        else started = true;
      },
      onResponseStart(_controller, statusCode, received) {
        if (statusCode < 200) return;
        status = statusCode;
        headers = flatten(received);
        const encoding = headers['content-encoding'] ?? 'identity';
        if (encoding !== 'identity') fail(`the answer is encoded as ${encoding}, which was not asked for`);
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > maxResponseBytes) fail(`the answer is longer than ${maxResponseBytes} bytes`);
        else chunks.push(chunk);
      },
      onResponseEnd() {
        settle(() =>
          resolve({
            status,
            headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
      onResponseError(_controller, error) {
        fail(describe(error), error);
      },
    };

    try {
      agent.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method,
          headers: {
            'accept-encoding': 'identity',
            'user-agent': 'riposte',
            ...request.headers,
          },
          body: request.body ?? null,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        },
        handler,
      );
    } catch (error) {
      fail(error instanceof Error ? describe(error) : 'the request could not be made', error);
    }
  });
}

// an error over several addresses has no text of its own, only a code
function describe(error: Error & { code?: unknown }): string {
  if (error.message !== '') return error.message;
  return typeof error.code === 'string' ? error.code : error.name;
}

function flatten(received: { [name: string]: string | string[] | undefined }): {
  [name: string]: string;
} {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined) continue;
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
