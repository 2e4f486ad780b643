import { randomUUID } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import helmet from 'helmet';
import { assembleDocument, withHead } from '../openapi/assemble-document.ts';
import { allRoutes } from '../routes/all-routes.ts';
import { countAnswers } from './count-answers.ts';
import type { Deps } from './deps.ts';
import { mountRoutes } from './mount-routes.ts';
import { prefixOf } from './prefix-of.ts';
import { Problem } from './problem.ts';
import { renderProblem } from './render-problem.ts';

/** The whole HTTP side. It does not listen: the process does, tests call it in place. */
export function createApp(deps: Deps, routes = allRoutes): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('etag', false);
  // An address has one spelling; the validator reads these two as well.
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.use(nameRequest);
  if (deps.meters !== undefined) app.use(countAnswers(deps.meters));
  app.use(securityHeaders(deps.secureCookies));
  app.use(mountRoutes(routes, validators(routes, deps.validateAnswers === true), deps));
  if (deps.console) app.use(deps.console());
  app.use((_request, _response) => {
    throw new Problem('request/not-found');
  });
  app.use(renderProblem(deps.log, prefixOf(deps.publicUrl)));
  return app;
}

const nameRequest: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  // Echoed into headers, logs and entries: only characters that mean nothing in any of them.
  const requestId = given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  response.locals.requestId = requestId;
  response.set('X-Request-Id', requestId);
  // Whoever may be kept says so itself; a refusal may name what was asked for.
  response.set('Cache-Control', 'no-store');
  next();
};

function securityHeaders(secure: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    // Meaningless on plain http, and a year of lock-out for somebody who tries it on localhost.
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
  });
}

function validators(routes: typeof allRoutes, answers: boolean): RequestHandler[] {
  return OpenApiValidator.middleware({
    apiSpec: withHead(assembleDocument(routes)) as never,
    // Our own test looks at the document; here it would cost every start.
    validateApiSpec: false,
    validateRequests: { allowUnknownQueryParameters: false, allErrors: true },
    validateResponses: answers ? { removeAdditional: false } : false,
    validateSecurity: false,
    fileUploader: false,
    useRequestUrl: true,
    formats: {},
  }) as unknown as RequestHandler[];
}
