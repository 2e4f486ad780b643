import type { Route } from '../http/route.ts';
import { assembleDocument } from '../openapi/assemble-document.ts';
import { map } from '../openapi/schema-words.ts';

/** The description of all other routes, made once from the same values that serve them. */
export function documentRoutes(routes: readonly Route[]): Route[] {
  const route: Route = {
    method: 'get',
    path: '/openapi.json',
    operationId: 'readDocument',
    summary: 'This document.',
    permission: 'public',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: map } },
    handle: () => ({ status: 200, body: document }),
  };
  const document = assembleDocument([...routes, route]);
  return [route];
}
