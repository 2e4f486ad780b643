import type { Request, RequestHandler, Response } from 'express';
import { knownProof, provedAnew } from '../../../engine/core/identity/judge-provider-proof.ts';
import { readProviderClaims } from '../../../engine/core/identity/provider-claims.ts';
import type { Provider } from '../../../engine/runtime/identity/ask-provider.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { Json } from '../../../schemas/json.ts';
import type { CountWindow } from '../../http/count-window.ts';
import { Problem } from '../../http/problem.ts';
import { requestIdOf, sendPage } from '../send-page.ts';
import { askAgain, notSignedInPage } from './oidc-pages.ts';
import { challengeOf, clearedPendingCookie, nameOf, type Pending, readPending } from './oidc-pending.ts';
import { comeAgainPage } from './pages.ts';
import { codeOf } from './provider-code.ts';
import type { ProviderTerms } from './provider-terms.ts';
import { giveSession, type SignInSite } from './way.ts';

/** The way back. What the provider says counts once, for the browser that left for it, and opens a session. */
export function comeBack(
  terms: ProviderTerms,
  provider: Provider,
  console: SignInSite,
  failures: CountWindow,
): RequestHandler {
  const { deps, site } = console;
  return async (request, response) => {
    if (request.method !== 'GET')
      throw new Problem('request/method-not-allowed', undefined, { headers: { Allow: 'GET' } });
    const refuse = async (failure: NotTaken, begun: Pending | null): Promise<void> => {
      await noteFailure(request, response, console, failures, failure);
      sendPage(
        response,
        site,
        notSignedInPage(failure, begun, site, askAgain(terms, site.to, begun?.back ?? '/')),
      );
    };
    const pending = readPending(request, deps.secureCookies, deps.nowMs());
    const query = new URL(request.url, 'http://riposte.invalid').searchParams;
    // What this browser has not begun leaves what it has begun as it is.
    if (pending === null || String(query.getAll('state')) !== challengeOf(pending).state)
      return await refuse({ ok: false, code: 'auth/foreign-sign-in' }, null);
    const taken = await take(pending, query, terms, provider, console, response);
    if (taken.ok) {
      giveSession(request, response, deps, taken.session);
      return sendPage(response, site, comeAgainPage(site.to(pending.back)));
    }
    response.append('Set-Cookie', clearedPendingCookie(deps.secureCookies));
    await refuse(taken, pending);
  };
}

interface NotTaken {
  ok: false;
  code: Code;
  detail?: string;
  /** Whom the provider means, where it said so. */
  subject?: string;
}

async function take(
  pending: Pending,
  query: URLSearchParams,
  { issuer, groupsClaim, people }: ProviderTerms,
  provider: Provider,
  console: SignInSite,
  response: Response,
): Promise<{ ok: true; session: string } | NotTaken> {
  let said: Json;
  try {
    said = await provider.claimsOf(query, challengeOf(pending));
  } catch (error) {
    return { ok: false, code: codeOf(error, console, response) };
  }
  const read = readProviderClaims(said, groupsClaim);
  if (read === null) return { ok: false, code: 'auth/bad-provider-answer' };
  const claims = { ...read, provedAtMs: knownProof(read.provedAtMs, console.deps.nowMs()) };
  const { subject } = claims;
  if (pending.again && !provedAnew(claims.provedAtMs, pending.askedAtMs))
    return { ok: false, code: 'auth/not-proved-anew', subject };
  const { again, session } = pending;
  const answer = { issuer, claims, rules: people, answer: nameOf(pending), session, again };
  const signedIn = await console.deps.identity.signInByProvider(answer, requestIdOf(response));
  return signedIn.ok ? signedIn : { ...signedIn, subject };
}

async function noteFailure(
  request: Request,
  response: Response,
  { deps }: SignInSite,
  failures: CountWindow,
  { code, subject }: NotTaken,
): Promise<void> {
  const address = request.socket.remoteAddress ?? 'unknown';
  // Whoever the provider has named is counted by that name: behind a proxy everybody has one address, and who sends
  // rubbish there must not keep out of the log what an account tried.
  const key = subject === undefined ? `address ${address}` : `subject ${subject}`;
  if (failures.blockedForSeconds(key) > 0) return;
  failures.count(key);
  await deps.identity.recordRefusal(
    {
      actor: { kind: 'system', id: 'identity-provider', channel: 'console' },
      requestId: requestIdOf(response),
    },
    { type: 'auth.failed', code, address, ...(subject !== undefined && { subject }) },
  );
}
