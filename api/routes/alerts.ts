import { maskValues } from '../../engine/core/identity/mask-values.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import type { TenantId } from '../../schemas/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { foundOrGone } from '../http/found-or-gone.ts';
import { moment, pageAnswer, pageOf, queries, target, text, words } from '../http/list-query.ts';
import { accepted, found } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import {
  anything,
  flag,
  list,
  map,
  nullable,
  object,
  oneOf,
  page,
  targetSchema,
  text as textSchema,
  time,
} from '../openapi/schema-words.ts';

export const severities = ['informational', 'low', 'medium', 'high', 'critical'];

const itemFields: { [name: string]: JsonObject } = {
  id: textSchema,
  source: textSchema,
  sourceId: textSchema,
  title: textSchema,
  severity: oneOf(severities),
  category: textSchema,
  state: textSchema,
  incidentId: nullable(textSchema),
  targets: list(targetSchema),
  createdAt: time,
};

export const alertItemSchema = object(itemFields);

/** The source that an alert names itself; Graph alerts name theirs in `serviceSource`. */
function sourceOf(given: string | undefined, body: unknown): string {
  if (given !== undefined) return given;
  if (!isJsonObject(body)) return 'api';
  const named = body.source ?? (body.serviceSource === undefined ? undefined : 'microsoft-graph');
  return typeof named === 'string' && named !== '' ? named.slice(0, 128) : 'api';
}

/** Every trigger that was tried for an event. */
export const traceSchema = page(
  object({
    playbookId: textSchema,
    triggerId: textSchema,
    element: textSchema,
    outcome: textSchema,
    code: nullable(textSchema),
    detail: nullable(textSchema),
    runId: nullable(textSchema),
    at: time,
  }),
);

export const alertRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/alerts',
    operationId: 'sendAlert',
    summary: 'Hand in one alert: normalised (alert.schema.json) or as Microsoft Graph alerts_v2 sends it.',
    permission: 'alerts.send',
    query: {
      source: queries.id('The connection it comes from; default: what the alert says.'),
    },
    body: {
      types: ['application/json'],
      bytesMax: 1024 * kibibyte,
      required: true,
      schema: { type: 'object', minProperties: 1 },
    },
    answers: {
      202: {
        description: 'Durable; matching follows. A duplicate gets the id of the first.',
        schema: object({ id: textSchema, duplicate: flag }),
      },
    },
    async handle(request, { useCases }) {
      const source = sourceOf(text(request.query.source), request.body);
      const input = { source, body: request.body as Json };
      const { alertId, duplicate } = accepted(await useCases.acceptAlert(request.caller, input));
      return {
        status: 202,
        body: { id: alertId, duplicate },
        headers: { Location: `/v1/alerts/${alertId}` },
      };
    },
  },
  {
    method: 'get',
    path: '/v1/alerts',
    operationId: 'listAlerts',
    summary: 'Alerts, newest first.',
    permission: 'alerts.read',
    query: {
      ...queries.paging,
      ...queries.window,
      status: queries.oneOrMore(['accepted', 'matched'], 'State.'),
      severity: queries.oneOrMore(severities, 'Severity.'),
      source: queries.id('Source.'),
      category: queries.id('Category.'),
      incident: queries.id('Incident.'),
      target: queries.target,
      q: queries.search,
      sort: queries.sort(['createdAt']),
    },
    answers: { 200: { description: 'A page.', schema: page(alertItemSchema) } },
    async handle(request, { read }) {
      const { query } = request;
      const filter = {
        status: words(query.status),
        severity: words(query.severity),
        source: text(query.source),
        category: text(query.category),
        incident: text(query.incident),
        target: target(query.target),
        since: moment(query.since),
        until: moment(query.until),
        q: text(query.q),
        sort: text(query.sort) as 'createdAt' | undefined,
      };
      const answer = await read.listAlerts(request.caller.tenant, filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/alerts/{id}',
    operationId: 'readAlert',
    summary: 'One alert with its normalised form, its original and the runs it started.',
    permission: 'alerts.read',
    answers: {
      200: {
        description:
          'The alert. For callers who may not read values, those of `alert` are masked and `raw` is null.',
        schema: object({
          ...itemFields,
          alert: map,
          raw: anything,
          runs: list(
            object({
              id: textSchema,
              playbookId: textSchema,
              state: textSchema,
            }),
          ),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      const { tenant } = caller;
      const id = params.id ?? '';
      const alert = await foundOrGone(await read.readAlert(tenant, id), { read, tenant }, id);
      const shown = mayI(caller, 'values.read').allowed
        ? alert
        : { ...alert, alert: maskValues(alert.alert), raw: null };
      return { status: 200, body: shown };
    },
  },
  {
    method: 'get',
    path: '/v1/alerts/{id}/trace',
    operationId: 'readTrace',
    summary: 'Why playbooks did or did not start for this alert.',
    permission: 'alerts.read',
    query: queries.paging,
    answers: {
      200: {
        description: 'A page of the triggers that were tried, in order.',
        schema: traceSchema,
      },
    },
    async handle(request, { read }) {
      const tenant: TenantId = request.caller.tenant;
      const id = request.params.id ?? '';
      found(await read.readAlert(tenant, id));
      const answer = await read.listTrace(tenant, id, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
];
