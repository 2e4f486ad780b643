import type { Request } from 'express';
import { breakGlass } from '../../engine/core/approval/judge-break-glass.ts';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import { pointText } from '../../engine/core/outward/live-point.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { readSessionCookie } from '../http/session-cookie.ts';
import { csrfToken } from './csrf.ts';
import { glassShown } from './glass-bar.ts';
import { type Site, stopsShown } from './layout.ts';
import { pageBehind } from './return-path.ts';
import type { ConsoleDeps, View } from './view.ts';

/**
 * Who is looking, read from the store for each request; null for nobody we know.
 *
 * @param byItself no person asks for it, whatever the request says of itself
 */
export async function openSession(
  request: Request,
  requestId: string,
  deps: ConsoleDeps,
  { to, proveAgain }: Site,
  byItself = false,
): Promise<{ view: View; session: string } | null> {
  const session = readSessionCookie(request, deps.secureCookies);
  const look = byItself || isLook(request);
  const find = look ? deps.identity.peekSession : deps.identity.findBySession;
  const identified = session === null ? null : await find(session);
  if (session === null || identified === null) return null;
  const signedInAtMs = identified.signedInAt === undefined ? null : Date.parse(identified.signedInAt);
  const hasPasskey = identified.hasPasskey && relyingPartyOf(deps.publicUrl) !== null;
  const caller: IdentifiedCaller = { ...identified, channel: 'console', requestId };
  // Before anything that is shown is read, so that whatever comes later is told.
  const place = pointText(await deps.live.head());
  const [stops, pause, held, glass, accountNews, expiring, stuck] = await Promise.all([
    deps.read.listStops(deps.tenant, { active: true }, { limit: stopsShown + 1 }),
    deps.read.readPause(deps.tenant),
    deps.read.readHold(deps.tenant),
    readGlass(deps, caller),
    identified.sessionHash === undefined ? [] : deps.identity.listAccountNews(identified.sessionHash),
    mayI(caller, 'runs.undo').allowed ? deps.read.countExpiring(deps.tenant) : null,
    mayI(caller, 'runs.undo').allowed ? deps.read.countStuck(deps.tenant) : 0,
  ]);
  const proving = { csrf: csrfToken(session), hasPasskey, to };
  const common = {
    ...proving,
    deps,
    caller,
    signedInAtMs,
    nowMs: deps.nowMs(),
    here: pageBehind(request.path),
    look,
    place,
    sessionEnds: identified.ends,
    waysAgain: (back: string, has = hasPasskey) => proveAgain({ ...proving, hasPasskey: has }, back),
  };
  const view = { ...common, stops: stops.items, pause, held, glass, accountNews, expiring, stuck };
  return { view, session };
}

/** A field that a page of another site can send to nobody without asking first. Nothing is ordered by it. */
export function isLook(request: Request): boolean {
  return request.method === 'GET' && request.get('riposte-look') === '1';
}

async function readGlass({ read, tenant }: ConsoleDeps, caller: IdentifiedCaller): Promise<View['glass']> {
  if (!mayI(caller, 'approvals.review').allowed) return { unreviewed: [], newHolders: [] };
  const [unreviewed, newHolders] = await Promise.all([
    read.listBreakGlass(tenant, { reviewed: false }, { limit: glassShown + 1 }),
    read.listNewHolders(tenant, breakGlass.ripensMs),
  ]);
  return { unreviewed: unreviewed.items, newHolders };
}
