import { headersFor, refusedBy, unreachable } from './call-server.ts';
import type { Settings } from './settings.ts';

/** An answer of bytes that is longer than one wants in memory. @throws CliError as `callServer` does */
export async function streamServer(settings: Settings, path: string): Promise<AsyncIterable<Uint8Array>> {
  // Until it begins; how long it takes then is a matter of its length.
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(new DOMException('', 'TimeoutError')), 60_000);
  let response: Response;
  try {
    response = await fetch(`${settings.url}${path}`, {
      headers: headersFor(settings),
      redirect: 'manual',
      signal: waiting.signal,
    });
  } catch (error) {
    throw unreachable(settings, error);
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok || response.body === null) throw await refusedBy(response);
  return response.body;
}
