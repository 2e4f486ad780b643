import type { IncomingMessage } from 'node:http';

/**
 * Whether a browser sent this from our own pages. Cookies travel by themselves, so every request
 * that changes something and is authenticated by cookie must pass; no header at all is a no.
 */
export function isSameOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = request.headers;
  return origin !== undefined && origin === new URL(publicUrl).origin;
}
