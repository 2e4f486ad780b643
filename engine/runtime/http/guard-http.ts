import { type Http, HttpFailure } from '../../core/contracts/ports.ts';

/**
 * Runs `check` before each request, and again on the open connection right before its first byte: in
 * between it may have waited in line, and the process may have been suspended. A throw refuses it. A
 * worker uses this to stop sending the moment its lease is over, also between two requests of one action.
 *
 * @throws HttpFailure `before-send`, with what `check` threw as its cause.
 */
export function guardHttp(http: Http, check: () => void): Http {
  return {
    async send(request) {
      try {
        check();
      } catch (cause) {
        if (cause instanceof HttpFailure) throw cause;
        throw new HttpFailure('The request was refused before it was sent.', 'before-send', { cause });
      }
      return await http.send({ ...request, beforeSend: check });
    },
  };
}
