import { type Request, type RequestHandler, type Response, Router } from 'express';
import { mayI } from '../../engine/core/identity/rights.ts';
import { isJsonObject } from '../../schemas/json.ts';
import { admitSigned, isSigned, type SignedPlace, signedPlaceOf } from './admit-signed.ts';
import { assertRoutes } from './assert-routes.ts';
import { authenticate, type IdentifiedCaller, identifyAgain } from './authenticate.ts';
import { nameRoute } from './count-answers.ts';
import { type CountWindow, createCountWindow } from './count-window.ts';
import type { Deps } from './deps.ts';
import { answerOnce } from './idempotency.ts';
import { limitOf } from './limits.ts';
import { prefixOf } from './prefix-of.ts';
import { Problem } from './problem.ts';
import { type Look, readBody } from './read-body.ts';
import type { Answer, Route, RouteRequest } from './route.ts';
import { isSameOrigin } from './same-origin.ts';
import { sendPieces } from './send-pieces.ts';
import { stayWithin } from './stay-within.ts';
import { whenGone } from './when-gone.ts';

/*
 * The request's way: matched route → who → how often → from where → may they → body → document → handler. The first pass
 * marks a request as admitted; the second refuses whatever carries no mark, so no order of routes
 * and no path variant can reach a handler around the check.
 */
export function mountRoutes(
  routes: readonly Route[],
  validators: readonly RequestHandler[],
  deps: Deps,
): Router {
  assertRoutes(routes);
  const router = Router({ caseSensitive: true, strict: true });
  const failures: Failures = {
    tokens: createCountWindow(30, 60_000),
    refusals: createCountWindow(60, 60_000),
  };
  for (const route of routes) {
    router[route.method](
      expressPath(route.path),
      admit(route, deps, failures),
      readBody(route.body, look(route, deps)),
    );
  }
  for (const [path, methods] of methodsByPath(routes)) {
    router.all(expressPath(path), (_request, response, next) => {
      if (admitted(response) !== undefined) return next();
      throw new Problem('request/method-not-allowed', undefined, {
        headers: { Allow: methods.join(', ') },
      });
    });
  }
  router.use((request, response, next) => {
    if (admitted(response) !== undefined) return next();
    if (request.path === '/v1' || request.path.startsWith('/v1/')) throw new Problem('request/not-found');
    next('router');
  });
  for (const validator of validators) router.use(validator);
  for (const route of routes)
    router[route.method](expressPath(route.path), perform(route, deps, failures.refusals));
  return router;
}

interface Admission {
  route: Route;
  caller: IdentifiedCaller | null;
}

interface Failures {
  tokens: CountWindow;
  refusals: CountWindow;
}

function admitted(response: Response): Admission | undefined {
  return response.locals.admission as Admission | undefined;
}

function admit(route: Route, deps: Deps, failures: Failures): RequestHandler {
  return async (request, response, next) => {
    nameRoute(response, route.path);
    if (route.permission === 'public') {
      response.locals.admission = {
        route,
        caller: null,
      } satisfies Admission;
      return next();
    }
    const requestId = String(response.locals.requestId);
    const place = route.signable === true ? signedPlaceOf(request, deps) : null;
    const byToken = request.headers.authorization !== undefined;
    // Not admitted yet: that is for whoever has read its bytes. Where no token came that is so at every address,
    // and a wrong one is a wrong one everywhere, so that nobody learns which triggers have a secret.
    if (place !== null && isSigned(request) && (place.secrets !== null || !byToken)) {
      if (byToken) await authenticate(request, requestId, deps, failures.tokens);
      response.locals.signedPlace = place;
      return next();
    }
    const used = route.byItself !== true;
    const caller = await authenticate(request, requestId, deps, failures.tokens, used);
    await stayWithin(deps, caller, route.permission, asEntriesSay(route), response);
    // Only a cookie travels by itself; a token was put into the request by whoever holds it.
    if (caller.channel === 'console' && route.method !== 'get' && !isSameOrigin(request, deps.publicUrl)) {
      await noteRefusal(caller, route, 'auth/bad-origin', deps, failures.refusals);
      throw new Problem('auth/bad-origin');
    }
    const verdict = mayI(caller, route.permission);
    if (!verdict.allowed) {
      await noteRefusal(caller, route, verdict.code, deps, failures.refusals);
      throw new Problem(verdict.code, verdict.reason);
    }
    if (place?.secrets != null) {
      await noteRefusal(caller, route, 'auth/unsigned', deps, failures.refusals);
      throw new Problem('auth/unsigned');
    }
    response.locals.admission = { route, caller } satisfies Admission;
    next();
  };
}

/** Admits what is signed. */
function look(route: Route, deps: Deps): Look {
  return async (request, response, bytes) => {
    const place = response.locals.signedPlace as SignedPlace | undefined;
    if (place === undefined) return;
    const caller = await admitSigned(place, request, response, bytes, deps);
    if (route.permission !== 'public' && deps.limiter.isUsedUp(caller, limitOf(route.permission)))
      await stayWithin(deps, caller, route.permission, asEntriesSay(route), response);
    response.locals.admission = { route, caller } satisfies Admission;
  };
}

/** At most sixty a minute per caller: a loop with the wrong token must not fill the log. */
async function noteRefusal(
  caller: IdentifiedCaller,
  route: Route,
  code: Problem['code'],
  deps: Deps,
  refusals: CountWindow,
): Promise<void> {
  if (refusals.blockedForSeconds(caller.id) > 0) return;
  refusals.count(caller.id);
  const { kind, id, channel, requestId } = caller;
  await deps.identity.recordRefusal(
    { actor: { kind, id, channel }, requestId },
    { type: 'auth.refused', code, permission: asEntriesSay(route) },
  );
}

function asEntriesSay({ permission, operationId }: Route): string {
  return `${permission} (${operationId})`;
}

function perform(route: Route, deps: Deps, refusals: CountWindow): RequestHandler {
  const prefix = prefixOf(deps.publicUrl);
  return async (request, response) => {
    const admission = admitted(response);
    // The same matcher ran twice over the same address, so this is our mistake, and it stays shut.
    if (admission?.route !== route) throw new Problem('request/internal');
    const asked = toRouteRequest(request, response, admission.caller, deps);
    const { caller } = admission;
    const answer =
      caller === null
        ? await route.handle(asked, deps)
        : caller.signed === true
          ? await handleSigned(route, asked, caller, deps, refusals, response)
          : await answerOnce(route, asked, deps, (once) =>
              handleNoting(route, { ...asked, once }, caller, deps, refusals),
            );
    await send(response, answer, prefix);
  };
}

/**
 * Its headers are not signed: a recording could come under any number of keys. Its id tells a repeat. It is counted when
 * it is known to be new: neither forgeries nor old recordings use up what the sender may send, or are told where it stands.
 */
async function handleSigned(
  route: Route,
  asked: RouteRequest,
  caller: IdentifiedCaller,
  deps: Deps,
  refusals: CountWindow,
  response: Response,
): Promise<Answer> {
  const { permission } = route;
  const count = () =>
    permission !== 'public' && response.set(deps.limiter.count(caller, limitOf(permission)).headers);
  try {
    const answer = await handleNoting(route, asked, caller, deps, refusals);
    count();
    return answer;
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'auth/required')) count();
    throw error;
  }
}

/** Some rights hang on what is asked for, such as which roles a token shall have: their refusals are noted as well. */
async function handleNoting(
  route: Route,
  asked: RouteRequest,
  caller: IdentifiedCaller,
  deps: Deps,
  refusals: CountWindow,
): Promise<Answer> {
  const { kind, id, channel, requestId } = caller;
  if (route.readsLog) await deps.noteReading({ actor: { kind, id, channel }, requestId }, route.operationId);
  try {
    const answer = await route.handle(asked, deps);
    for (const missed of missedIn(answer)) await noteMissing(caller, route, missed, deps);
    return answer;
  } catch (error) {
    if (error instanceof Problem && error.code === 'auth/forbidden')
      await noteRefusal(caller, route, error.code, deps, refusals);
    if (error instanceof Problem && error.code === 'request/not-found' && isById(route))
      await noteMissing(caller, route, Object.values(asked.params).join('/'), deps);
    throw error;
  }
}

/** Names something that is somebody's. Under the log there are places of a tree, and clients try what is not full yet. */
function isById({ path }: Route): boolean {
  return path.includes('{') && !path.startsWith('/v1/audit/log/');
}

/** Ids of a list that were not there: each of them was judged, and answered, by itself. */
function missedIn({ body }: Answer): string[] {
  const items = isJsonObject(body) && Array.isArray(body.items) ? body.items : [];
  return items.flatMap((item) =>
    isJsonObject(item) && item.ok === false && item.code === 'request/not-found' ? [String(item.id)] : [],
  );
}

async function noteMissing(caller: IdentifiedCaller, route: Route, id: string, deps: Deps): Promise<void> {
  const { kind, id: callerId, channel, requestId } = caller;
  await deps.identity.noteMissing(
    { actor: { kind, id: callerId, channel }, requestId },
    { route: `${route.method.toUpperCase()} ${route.path}`, id },
  );
}

function toRouteRequest(
  request: Request,
  response: Response,
  caller: IdentifiedCaller | null,
  deps: Deps,
): RouteRequest {
  return {
    get caller() {
      if (caller === null) throw new Problem('auth/required');
      return caller;
    },
    params: request.params as { [name: string]: string },
    query: request.query as RouteRequest['query'],
    body: request.body as unknown,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    once: null,
    url: request.originalUrl,
    gone: whenGone(response),
    again: () => identifyAgain(request, deps),
  };
}

async function send(response: Response, answer: Answer, prefix: string): Promise<void> {
  const { Location, Link, ...headers } = answer.headers ?? {};
  response.status(answer.status).set(headers);
  if (Location !== undefined) response.set('Location', prefix + Location);
  if (Link !== undefined) response.set('Link', Link.replace('<', `<${prefix}`));
  if (answer.pieces !== undefined) await sendPieces(response, answer.pieces);
  else if (answer.bytes !== undefined) response.end(answer.bytes);
  else if (answer.body === undefined) response.end();
  else response.json(answer.body);
}

function expressPath(path: string): string {
  return path.replace(/\{([^{}]+)\}/g, ':$1');
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const methods = byPath.get(path) ?? [];
    methods.push(...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    byPath.set(path, methods);
  }
  return byPath;
}
