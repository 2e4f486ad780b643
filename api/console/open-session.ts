import type { Request } from 'express';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { readSessionCookie } from '../http/session-cookie.ts';
import { csrfToken } from './csrf.ts';
import type { Addresses, ConsoleDeps, View } from './view.ts';

/** Who is looking, read from the store for each request; null for nobody we know. */
export async function openSession(
  request: Request,
  requestId: string,
  deps: ConsoleDeps,
  to: Addresses,
): Promise<{ view: View; session: string } | null> {
  const session = readSessionCookie(request, deps.secureCookies);
  const identified = session === null ? null : await deps.identity.findBySession(session);
  if (session === null || identified === null) return null;
  const { signedInAt } = identified;
  const caller: IdentifiedCaller = { ...identified, channel: 'console', requestId };
  const stops = await deps.read.listStops(deps.tenant);
  const pause = await deps.read.readPause(deps.tenant);
  const view = { deps, caller, signedInAt, csrf: csrfToken(session), nowMs: deps.nowMs(), to, stops, pause };
  return { view, session };
}
