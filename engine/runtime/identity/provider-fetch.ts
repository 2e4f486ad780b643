import type { CustomFetch } from 'openid-client';
import type { Http } from '../../core/contracts/ports.ts';
import { ProviderFailure } from './provider-failure.ts';

/** Of one exchange; a sign-in takes up to four of them. */
export const timeoutMs = 10_000;

/** The library's requests over our own client: its bounds, no redirect, no address that is not admitted. */
export function fetchBy(http: Http): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const sent = await http.send({
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      headers,
      timeoutMs,
      ...(body != null && { body: String(body) }),
      ...(signal !== undefined && { signal }),
    });
    if (sent.status >= 500) throw new ProviderFailure('down', `status-${sent.status}`);
    const bare = sent.status === 204 || sent.status === 304;
    return new Response(bare ? null : sent.text, { status: sent.status, headers: sent.headers });
  };
}
