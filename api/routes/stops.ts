import { mayI } from '../../engine/core/identity/rights.ts';
import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted } from '../http/problem.ts';
import { type BodySpec, kibibyte, type Route } from '../http/route.ts';
import type { StopInput } from '../http/use-cases.ts';
import {
  flag,
  integer,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
  seenGeneration,
  text,
  time,
} from '../openapi/schema-words.ts';

const bodyWith = (more: Parameters<typeof object>[0]): BodySpec => ({
  types: ['application/json'],
  bytesMax: 256 * kibibyte,
  required: true,
  schema: {
    ...object(
      {
        scope: oneOf(['everything', 'system', 'playbook']),
        subject: { type: 'string', minLength: 1, maxLength: 128 },
        reason: { type: 'string', minLength: 1, maxLength: 1000 },
        ...more,
      },
      ['subject'],
    ),
    anyOf: [{ properties: { scope: { const: 'everything' } } }, { required: ['subject'] }],
  },
});

const stopBody = bodyWith({});
const clearBody = bodyWith({ generation: seenGeneration });

function stopOf(body: unknown): StopInput {
  const { scope, subject, reason } = body as StopInput;
  return { scope, subject: scope === 'everything' ? '*' : subject, reason };
}

export const stopRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/stops',
    operationId: 'listStops',
    summary: 'The emergency stops, set or not, the widest first.',
    permission: 'stops.read',
    query: {
      ...queries.paging,
      active: { schema: flag, description: 'Only those that are set, or not.' },
    },
    answers: {
      200: {
        description: 'A page.',
        schema: page(
          object({
            scope: text,
            subject: text,
            active: flag,
            generation: integer,
            setBy: nullable(text),
            setAt: nullable(time),
            reason: nullable(text),
            clearRequestedBy: nullable(text),
            ...permissionFields,
          }),
        ),
      },
    },
    async handle(request, { read }) {
      const { query, caller } = request;
      const active = typeof query.active === 'boolean' ? query.active : undefined;
      const answer = await read.listStops(caller.tenant, { active }, pageOf(request));
      const may = permissionsOf({
        set: mayI(caller, 'stops.set'),
        clear: mayI(caller, 'stops.clear'),
      });
      return pageAnswer(
        request,
        answer,
        answer.items.map((stop) => ({ ...stop, ...may })),
      );
    },
  },
  {
    method: 'post',
    path: '/v1/stops',
    operationId: 'setStop',
    summary:
      'Stop containment and eradication at once: one person, no questions. When it answers, none goes out any more.',
    permission: 'stops.set',
    body: stopBody,
    answers: {
      200: {
        description: 'In force.',
        schema: object({ scope: text, subject: text, generation: integer }),
      },
    },
    async handle({ caller, body }, { useCases }) {
      const stop = stopOf(body);
      const { generation } = accepted(await useCases.setStop(caller, stop));
      return {
        status: 200,
        body: { scope: stop.scope, subject: stop.subject, generation },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/stops/clear',
    operationId: 'clearStop',
    summary:
      'Lift the stop whose `generation` was read, and no later one. It takes two people within an hour; the first one is told so.',
    permission: 'stops.clear',
    body: clearBody,
    answers: {
      200: {
        description: 'Lifted, or waiting for the second person.',
        schema: object({
          scope: text,
          subject: text,
          state: oneOf(['cleared', 'needs-second-person']),
        }),
      },
    },
    async handle({ caller, body }, { useCases }) {
      const stop = { ...stopOf(body), generation: (body as { generation: number }).generation };
      const { state } = accepted(await useCases.clearStop(caller, stop));
      return {
        status: 200,
        body: { scope: stop.scope, subject: stop.subject, state },
      };
    },
  },
];
