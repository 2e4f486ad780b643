import type { IncomingMessage } from 'node:http';
import type { Principal } from '../../engine/core/identity/rights.ts';
import type { CountWindow } from './count-window.ts';
import type { Deps } from './deps.ts';
import { Problem, signInFirst } from './problem.ts';
import { readBearer } from './read-bearer.ts';
import { readSessionCookie } from './session-cookie.ts';
import type { Caller } from './use-cases.ts';

export interface IdentifiedCaller extends Caller {
  /** `user:` approvers may be mail addresses. */
  email: string | null;
}

/**
 * Who is asking: a bearer token, or the console's session. Read from the store for each request,
 * so a revoked token, a changed role and a deactivated person count at once.
 *
 * @param used false where nobody has to be there: a browser opens a stream again by itself, night after night
 * @throws Problem auth/required, auth/bad-token, auth/issuer-down, request/rate-limited
 */
export async function authenticate(
  request: IncomingMessage,
  requestId: string,
  deps: Deps,
  failures: CountWindow,
  used = true,
): Promise<IdentifiedCaller> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    return byToken(request, secretIn(authorization), requestId, deps, failures);
  }
  const session = readSessionCookie(request, deps.secureCookies);
  const find = used ? deps.identity.findBySession : deps.identity.peekSession;
  const identified = session === null ? null : await find(session);
  if (identified === null) {
    throw signInFirst();
  }
  return { ...identified, channel: 'console', requestId };
}

/**
 * Who that is by now, of a request that is still being answered; null when what it proved itself with has ended. Nobody
 * asked, so it keeps no session going.
 */
export async function identifyAgain(request: IncomingMessage, deps: Deps): Promise<Principal | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) return (await readBearer(secretIn(authorization), deps)).identified;
  const session = readSessionCookie(request, deps.secureCookies);
  return session === null ? null : await deps.identity.peekSession(session);
}

function secretIn(authorization: string): string {
  return /^Bearer ([^\s]+)$/i.exec(authorization)?.[1] ?? '';
}

async function byToken(
  request: IncomingMessage,
  secret: string,
  requestId: string,
  deps: Deps,
  failures: CountWindow,
): Promise<IdentifiedCaller> {
  const address = request.socket.remoteAddress ?? 'unknown';
  const bearer = await readBearer(secret, deps);
  if (bearer.identified === null) {
    // Only wrong tokens are slowed down: behind a proxy everybody has one address, and whoever
    // guesses there must not lock out the person who presses the emergency stop.
    const wait = failures.blockedForSeconds(address);
    if (wait > 0)
      throw new Problem('request/rate-limited', undefined, {
        headers: { 'Retry-After': String(wait) },
      });
    failures.count(address);
    await bearer.note({ actor: { kind: 'system', id: 'identity', channel: 'api' }, requestId }, address);
    throw new Problem('auth/bad-token', bearer.detail, {
      headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    });
  }
  const { identified } = bearer;
  const channel = request.headers['user-agent']?.startsWith('riposte-cli/') ? 'cli' : 'api';
  await bearer.note({ actor: { kind: identified.kind, id: identified.id, channel }, requestId });
  return { ...identified, channel, requestId };
}
