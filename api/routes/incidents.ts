import { mayI } from '../../engine/core/identity/rights.ts';
import { classifications, incidentStatuses } from '../../engine/core/intake/build-incident-signal.ts';
import type { IncidentChange } from '../../engine/runtime/change-incident.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import { foundOrGone } from '../http/found-or-gone.ts';
import { moment, pageAnswer, pageOf, queries, target, text, words } from '../http/list-query.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { seenVersion, versionTag } from '../http/seen-version.ts';
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
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
  openTasks: integer,
  contained: integer,
  version: integer,
  createdAt: time,
};

function incidentPermissions(caller: IdentifiedCaller) {
  return permissionsOf({ update: mayI(caller, 'incidents.update') });
}

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
      status: queries.oneOrMore(incidentStatuses, 'Status.'),
      severity: queries.oneOrMore(severities, 'Severity.'),
      source: queries.id('Source.'),
      target: queries.target,
      q: queries.search,
      sort: queries.sort(['createdAt']),
    },
    answers: {
      200: { description: 'A page.', schema: page(object({ ...itemFields, ...permissionFields })) },
    },
    async handle(request, { read }) {
      const { query } = request;
      const filter = {
        status: words(query.status),
        severity: words(query.severity),
        source: text(query.source),
        target: target(query.target),
        since: moment(query.since),
        until: moment(query.until),
        q: text(query.q),
        sort: text(query.sort) as 'createdAt' | undefined,
      };
      const answer = await read.listIncidents(request.caller.tenant, filter, pageOf(request));
      const items = answer.items.map((item) => ({ ...item, ...incidentPermissions(request.caller) }));
      return pageAnswer(request, answer, items);
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
        headers: { ETag: 'What a change has to name in If-Match.' },
        schema: object({
          ...itemFields,
          ...permissionFields,
          newestAlerts: list(alertItemSchema),
          newestRuns: list(runItemSchema),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      const { tenant } = caller;
      const id = params.id ?? '';
      const incident = await foundOrGone(await read.readIncident(tenant, id), { read, tenant }, id);
      return {
        status: 200,
        body: { ...incident, ...incidentPermissions(caller) },
        headers: versionTag(incident.version),
      };
    },
  },
  {
    method: 'patch',
    path: '/v1/incidents/{id}',
    operationId: 'changeIncident',
    summary: 'Status, owner or verdict. Playbooks that wait for it hear of it.',
    permission: 'incidents.update',
    body: {
      types: ['application/json'],
      bytesMax: 8 * kibibyte,
      required: true,
      schema: {
        ...object(
          {
            status: oneOf(incidentStatuses),
            classification: oneOf(classifications),
            owner: { type: 'string', maxLength: 256 },
          },
          ['status', 'classification', 'owner'],
        ),
        minProperties: 1,
      },
    },
    answers: {
      200: {
        description: 'As it is now.',
        schema: object({ id: textSchema, version: integer }),
        headers: { ETag: 'What the next change has to name.' },
      },
    },
    async handle({ caller, params, body, header }, { useCases }) {
      const id = params.id ?? '';
      const change = body as IncidentChange;
      const input = { id, version: seenVersion(header('if-match')), change };
      const { version } = accepted(await useCases.changeIncident(caller, input));
      return { status: 200, body: { id, version }, headers: versionTag(version) };
    },
  },
];
