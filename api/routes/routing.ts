import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import { routingBytesMax } from '../../engine/core/match/compile-routing.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { Problem } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { seenVersion, versionTag } from '../http/seen-version.ts';
import { diagnosticsSchema, sourceBodyOf, sourceOf, toErrors } from '../http/source-body.ts';
import {
  flag,
  integer,
  nullable,
  object,
  permissionFields,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';

export const routingRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/settings/routing',
    operationId: 'readRouting',
    summary: 'Which playbook answers: the routing file in force. Version 0: none was published.',
    permission: 'playbooks.read',
    answers: {
      200: {
        description: 'The file as it was published.',
        schema: object({
          version: integer,
          source: textSchema,
          publishedBy: nullable(textSchema),
          publishedAt: nullable(time),
          ...permissionFields,
        }),
        headers: { ETag: 'What publishing has to name in If-Match.' },
      },
    },
    async handle({ caller }, { read }) {
      const routing = await read.readRouting(caller.tenant);
      const permissions = permissionsOf({ publish: mayI(caller, 'routing.publish') });
      return { status: 200, body: { ...routing, ...permissions }, headers: versionTag(routing.version) };
    },
  },
  {
    method: 'put',
    path: '/v1/settings/routing',
    operationId: 'publishRouting',
    summary: 'Put a routing file in force, from the next event on.',
    permission: 'routing.publish',
    body: sourceBodyOf(routingBytesMax),
    answers: {
      200: {
        description: 'Published, or unchanged.',
        schema: object({ version: integer, unchanged: flag, report: diagnosticsSchema }),
        headers: { ETag: 'What the next change has to name.' },
      },
    },
    async handle({ caller, body, header }, { useCases }) {
      const version = seenVersion(header('if-match'));
      const source = sourceOf(body, 'routing.yaml', routingBytesMax);
      const result = await useCases.publishRouting(caller, { ...source, version });
      if (!result.ok) {
        const errors = result.errors ?? toErrors(result.diagnostics);
        throw new Problem(result.code, result.detail, { errors });
      }
      return {
        status: 200,
        body: {
          version: result.version,
          unchanged: result.unchanged,
          report: diagnosticsJson(result.diagnostics),
        },
        headers: versionTag(result.version),
      };
    },
  },
];
