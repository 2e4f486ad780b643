import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express';
import { mayI, type Permission } from '../../engine/core/identity/rights.ts';
import { type CountWindow, createCountWindow } from '../http/count-window.ts';
import { prefixOf } from '../http/prefix-of.ts';
import { Problem } from '../http/problem.ts';
import { toProblem } from '../http/render-problem.ts';
import { isSameOrigin } from '../http/same-origin.ts';
import { clearedSessionCookie, readSessionCookie } from '../http/session-cookie.ts';
import { statusOf } from '../http/status-of.ts';
import { stayWithin } from '../http/stay-within.ts';
import { whenGone } from '../http/when-gone.ts';
import type { Asked } from './asked.ts';
import { contentPolicy } from './content-policy.ts';
import { csrfMatches } from './csrf.ts';
import { errorPage } from './error-page.ts';
import { html } from './html.ts';
import type { Site } from './layout.ts';
import {
  badNotificationPage,
  notYourLinkPage,
  questionWaitsPage,
  usedLinkPage,
} from './notification-link.ts';
import { isLook, openSession } from './open-session.ts';
import { codePageOf } from './pages/code-page.ts';
import { parseForm, readForm, readQuery } from './read-form.ts';
import { readScripts } from './read-scripts.ts';
import { readStylesheet } from './read-stylesheet.ts';
import { returnCookie } from './return-path.ts';
import { type ConsoleRoute, routes } from './routes.ts';
import { requestIdOf, sendPage } from './send-page.ts';
import { mountLink } from './sign-in/link.ts';
import {
  comeAgainPage,
  howToSignIn,
  sessionOverPage,
  signedOutPage,
  signInNeededPage,
} from './sign-in/pages.ts';
import type { SignInWay } from './sign-in/way.ts';
import type { Addresses, ConsoleDeps, Reply, View } from './view.ts';

/*
 * The pages for people. A request's way: headers → session → how often → for forms the origin and the token →
 * right → page. Each route of `routes.ts` names its right; there is no way around the first steps.
 * `ways`: to sign in, beside the link.
 */
export function createConsole(deps: ConsoleDeps, ways: readonly SignInWay[]): () => RequestHandler {
  const prefix = prefixOf(deps.publicUrl);
  const to: Addresses = (path) => prefix + path;
  const { css, version } = readStylesheet();
  const scripts = readScripts();
  const elsewhere = ways.flatMap((way) => way.afterSignOut ?? []);
  const parts: Parts = {
    deps,
    site: {
      to,
      stylesheet: to(`/console.css?v=${version}`),
      scripts: to(`/scripts/${scripts.version}`),
      howToSignIn: howToSignIn(ways.map((way) => way.offer(to))),
      proveAgain: (view, back) => ways.flatMap((way) => way.again?.(view, back) ?? []),
    },
    refusals: createCountWindow(60, 60_000),
  };
  return () => {
    const router = Router({ caseSensitive: true, strict: true });
    router.use(pageHeaders);
    router.get('/console.css', (_request, response) => {
      response.set(kept).type('text/css').send(css);
    });
    router.get('/scripts/:version/:name', ({ params }, response, next) => {
      // Of another version nothing: an engine that is older or newer than the page would have it kept under that name.
      const script = params.version === scripts.version ? scripts.files.get(params.name) : undefined;
      if (script === undefined) return next();
      response.set(kept).type('text/javascript').send(script);
    });
    router.get('/sign-in', (_request, response) =>
      sendPage(response, parts.site, signInNeededPage(200, parts.site.howToSignIn)),
    );
    for (const way of ways) way.mount(router, parts);
    mountLink(router, parts);
    router.get('/n/:link', openNotification(parts));
    router.get('/codes/:station/:what', ({ params }, response) =>
      sendPage(response, parts.site, codePageOf(`${params.station}/${params.what}`)),
    );
    router.get('/signed-out', (_request, response) =>
      sendPage(response, parts.site, signedOutPage(elsewhere, parts.site.howToSignIn)),
    );
    router.post('/sign-out', parseForm, signOut(parts));
    for (const route of routes) {
      const before = route.method === 'post' ? [parseForm] : [];
      router[route.method](route.path, ...before, answer(route, parts));
    }
    router.use((request, response, next) => {
      if (request.accepts(['html', 'json']) !== 'html') return next();
      sendPage(response, parts.site, errorPage(new Problem('request/not-found'), requestIdOf(response), to));
    });
    router.use(answerError(parts));
    return router;
  };
}

interface Parts {
  deps: ConsoleDeps;
  site: Site;
  /** Refused pages per person: each one leaves an entry. */
  refusals: CountWindow;
}

/** Its name changes with its content. */
const kept = { 'Cache-Control': 'public, max-age=31536000, immutable' };

const pageHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': contentPolicy,
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  });
  next();
};

function answer(route: ConsoleRoute, parts: Parts): RequestHandler {
  return async (request, response) => {
    const { deps, site } = parts;
    const requestId = requestIdOf(response);
    const opened = await openSession(request, requestId, deps, site, route.byItself);
    if (opened === null) return askToSignIn(route, request, response, parts);
    const { view, session } = opened;
    response.locals.view = view;
    const limit = view.look ? ('looks' as const) : undefined;
    await stayWithin(deps, view.caller, route.permission, route.permission, response, limit);
    const form = readForm(request);
    if (route.method === 'post') {
      if (!isSameOrigin(request, deps.publicUrl)) {
        await noteRefusal(view, 'auth/bad-origin', { permission: route.permission }, parts);
        throw new Problem('auth/bad-origin');
      }
      if (!csrfMatches(session, form('csrf'))) {
        await noteRefusal(view, 'auth/bad-origin', { permission: route.permission }, parts);
        throw new Problem(
          'auth/bad-origin',
          'The form is not of this session. Nothing was done: open the page again.',
        );
      }
    }
    const verdict = mayI(view.caller, route.permission);
    if (!verdict.allowed) {
      await noteRefusal(view, verdict.code, { permission: route.permission }, parts);
      throw new Problem(verdict.code, verdict.reason);
    }
    const [id, version] = [namedIn(request, 'id'), namedIn(request, 'version')];
    // Reading the log is written down, so nobody's look does it: what such a page is told of is its session.
    const reply =
      view.look && route.permission.startsWith('audit.')
        ? { title: 'Audit', content: html`` }
        : await answerNoting(route, view, {
            id,
            version,
            query: readQuery(request),
            form,
            gone: whenGone(response),
          });
    if ('nothing' in reply) response.status(204).end();
    else if ('redirect' in reply) response.redirect(303, site.to(reply.redirect));
    else sendPage(response, parts.site, reply, view);
  };
}

/** @throws Problem request/not-found for what is no name of anything */
function namedIn(request: Request, parameter: 'id' | 'version'): string {
  const name = request.params[parameter] ?? '';
  if (typeof name !== 'string' || !/^[\w.:-]{0,200}$/.test(name)) throw new Problem('request/not-found');
  return name;
}

/** Who asks by an id for what is not there may be guessing. */
async function answerNoting(route: ConsoleRoute, view: View, asked: Asked): Promise<Reply> {
  try {
    return await route.answer(view, asked);
  } catch (error) {
    if (error instanceof Problem && error.code === 'request/not-found' && route.path.includes(':id')) {
      const { kind, id, channel, requestId } = view.caller;
      const what = { route: `${route.method.toUpperCase()} ${route.path}`, id: asked.id };
      await view.deps.identity.noteMissing({ actor: { kind, id, channel }, requestId }, what);
    }
    throw error;
  }
}

/** A link of a notification. Opening it, as scanners do, decides nothing and uses nothing up: it leads to the card, or to a sign-in. */
function openNotification(parts: Parts): RequestHandler {
  const { deps, site } = parts;
  return async (request, response) => {
    const opened = await deps.links.open(String(request.params.link), deps.nowMs());
    if (!opened.ok) return sendPage(response, parts.site, badNotificationPage(opened, site.to, deps.nowMs()));
    const session = await openSession(request, requestIdOf(response), deps, site);
    if (session !== null) return await leadOn(opened, session.view, response, parts);
    if (sentAgain(request, response, parts)) return;
    // Back to the link, not past it: whom it was sent to is seen when there is somebody.
    const cookie = returnCookie(request.path, deps.secureCookies);
    if (cookie !== null) response.append('Set-Cookie', cookie);
    sendPage(response, parts.site, questionWaitsPage(parts.site.howToSignIn));
  };
}

/** Somebody is here: the one it was sent to, who has not decided yet, comes to the card. */
async function leadOn(
  { approvalId, personId }: { approvalId: string; personId: string | null },
  view: View,
  response: Response,
  parts: Parts,
): Promise<void> {
  const { deps, site } = parts;
  const me = view.caller.personId;
  if (personId !== null && personId !== me) {
    await noteRefusal(view, 'auth/not-your-link', { approvalId }, parts);
    return sendPage(response, parts.site, notYourLinkPage(site.to), view);
  }
  const usedAt = me === null ? null : await deps.links.usedAt(approvalId, me);
  if (usedAt !== null) {
    await noteRefusal(view, 'auth/used-link', { approvalId }, parts);
    return sendPage(response, parts.site, usedLinkPage(approvalId, usedAt, site.to, deps.nowMs()), view);
  }
  response.redirect(303, site.to(`/a/${approvalId}`));
}

/** True: the strict cookie was held back, so our own page asks once more. */
function sentAgain(request: Request, response: Response, parts: Parts): boolean {
  // `again` ends it: some browsers repeat a navigation under its first initiator.
  const cameAgain = readQuery(request)('again') !== undefined;
  if (request.get('sec-fetch-site') !== 'cross-site' || cameAgain) return false;
  sendPage(response, parts.site, comeAgainPage(parts.site.to(`${request.path}?again=1`)));
  return true;
}

function askToSignIn(route: ConsoleRoute, request: Request, response: Response, parts: Parts): void {
  const { deps } = parts;
  const howTo = parts.site.howToSignIn;
  if (route.method === 'get' && sentAgain(request, response, parts)) return;
  // An open page that asks by itself wants nobody to come back to it.
  const cookie = isLook(request) ? null : returnCookie(request.path, deps.secureCookies);
  if (cookie !== null) response.append('Set-Cookie', cookie);
  const was = readSessionCookie(request, deps.secureCookies) !== null;
  // A form comes from a page of ours, so from somebody who was in, whatever became of the cookie.
  const sent = route.method === 'post';
  sendPage(response, parts.site, was || sent ? sessionOverPage(sent, howTo) : signInNeededPage(401, howTo));
}

/** `about`: the right that is missing, or the question that a link leads to. */
async function noteRefusal(
  view: View,
  code: Problem['code'],
  about: { permission: Permission } | { approvalId: string },
  parts: Parts,
): Promise<void> {
  const { kind, id, channel, requestId } = view.caller;
  if (parts.refusals.blockedForSeconds(id) > 0) return;
  parts.refusals.count(id);
  await parts.deps.identity.recordRefusal(
    { actor: { kind, id, channel }, requestId },
    { type: 'auth.refused', code, ...about },
  );
}

function signOut(parts: Parts): RequestHandler {
  const { deps, site } = parts;
  return async (request, response) => {
    if (!isSameOrigin(request, deps.publicUrl)) throw new Problem('auth/bad-origin');
    const session = readSessionCookie(request, deps.secureCookies);
    if (session !== null) {
      if (!csrfMatches(session, readForm(request)('csrf'))) throw new Problem('auth/bad-origin');
      await deps.identity.endSession(session, requestIdOf(response));
    }
    response.append('Set-Cookie', clearedSessionCookie(deps.secureCookies));
    response.redirect(303, site.to('/signed-out'));
  };
}

function answerError(parts: Parts): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    const requestId = requestIdOf(response);
    if (statusOf(problem.code) >= 500)
      parts.deps.log.error({ err: error, requestId, code: problem.code }, 'page failed');
    response.set(problem.headers);
    const view = response.locals.view as View | undefined;
    sendPage(response, parts.site, errorPage(problem, requestId, parts.site.to), view);
  };
}
