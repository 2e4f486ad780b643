import { performance } from 'node:perf_hooks';
import type { RequestHandler, Response } from 'express';
import type { Meters } from '../../engine/core/contracts/meters.ts';

/** Counts each answer when it is over, under words of ours alone: whoever asks chooses addresses, and no name in here. */
export function countAnswers(meters: Meters): RequestHandler {
  return (request, response, next) => {
    const since = performance.now();
    response.once('close', () => {
      const { method } = request;
      const about = {
        method: methods.has(method) ? method : 'other',
        route: routeOf(response),
        status: response.statusCode,
      };
      meters.answered(about, goesOn(response) ? null : (performance.now() - since) / 1_000);
    });
    next();
  };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** The router of the API says which of its routes it is, also of one that it refuses. */
export function nameRoute(response: Response, path: string): void {
  response.locals.routePath = path;
}

function routeOf(response: Response): string {
  const path = response.locals.routePath as string | undefined;
  return path ?? (response.statusCode === 404 ? 'none' : 'page');
}

/** It lasts as long as somebody listens, which says nothing about us. */
function goesOn(response: Response): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}
