import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import { scriptPolicy } from './content-policy.ts';
import { barePage, pageFor, type Site } from './layout.ts';
import type { PageReply, View } from './view.ts';

export function sendPage(response: Response, site: Site, reply: PageReply, view?: View): void {
  const page = view === undefined ? barePage(site, reply) : pageFor(view, site, reply);
  if (view !== undefined || reply.script !== undefined) response.set('Content-Security-Policy', scriptPolicy);
  response
    .status(reply.status ?? 200)
    .type('text/html; charset=utf-8')
    .send(page.toString());
}

export function requestIdOf(response: Response): string {
  const known = response.locals.requestId as unknown;
  if (typeof known === 'string') return known;
  const made = randomUUID();
  response.locals.requestId = made;
  return made;
}
