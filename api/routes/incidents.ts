import type { JsonObject } from '../../schemas/json.ts';
import { moment, pageAnswer, pageOf, queries, text, words } from '../http/list-query.ts';
import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  page,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';
import { alertItemSchema, severities } from './alerts.ts';
import { runItemSchema } from './runs.ts';

const itemFields: { [name: string]: JsonObject } = {
  id: textSchema,
  source: textSchema,
  sourceId: textSchema,
  title: textSchema,
  severity: oneOf(severities),
  status: textSchema,
  classification: nullable(textSchema),
  owner: nullable(textSchema),
  alerts: integer,
  pendingApprovals: integer,
  createdAt: time,
};

export const incidentRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/incidents',
    operationId: 'listIncidents',
    summary: 'Incidents, newest first.',
    permission: 'incidents.read',
    query: {
      ...queries.paging,
      ...queries.window,
      status: queries.oneOrMore(['new', 'in_progress', 'resolved'], 'Status.'),
      severity: queries.oneOrMore(severities, 'Severity.'),
      source: queries.id('Source.'),
      q: queries.search,
      sort: queries.sort(['createdAt']),
    },
    answers: {
      200: { description: 'A page.', schema: page(object(itemFields)) },
    },
    async handle(request, { read }) {
      const { query } = request;
      const filter = {
        status: words(query.status),
        severity: words(query.severity),
        source: text(query.source),
        since: moment(query.since),
        until: moment(query.until),
        q: text(query.q),
        sort: text(query.sort) as 'createdAt' | undefined,
      };
      const answer = await read.listIncidents(request.caller.tenant, filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/incidents/{id}',
    operationId: 'readIncident',
    summary: 'One incident with its newest alerts and runs.',
    permission: 'incidents.read',
    answers: {
      200: {
        description: 'The incident.',
        schema: object({
          ...itemFields,
          newestAlerts: list(alertItemSchema),
          newestRuns: list(runItemSchema),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      return {
        status: 200,
        body: found(await read.readIncident(caller.tenant, params.id ?? '')),
      };
    },
  },
];
