import { readDuration } from '../../engine/core/compile/read-duration.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import type { UndoId } from '../../schemas/ids.ts';
import { pageAnswer, pageOf, queries, text as textOf } from '../http/list-query.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted, Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import {
  flag,
  nullable,
  object,
  page,
  permissionFields,
  targetSchema,
  text,
  time,
} from '../openapi/schema-words.ts';

export const leaseRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/leases',
    operationId: 'listLeases',
    summary: 'What is held for a time, soonest end first.',
    permission: 'runs.read',
    query: { ...queries.paging, run: queries.id('Run.') },
    answers: {
      200: {
        description: 'A page.',
        schema: page(
          object({
            id: text,
            runId: text,
            step: text,
            action: text,
            effect: nullable(text),
            target: nullable(targetSchema),
            since: time,
            until: time,
            atEnd: text,
            asked: flag,
            ...permissionFields,
          }),
        ),
      },
    },
    async handle(request, { read }) {
      const { caller, query } = request;
      const answer = await read.listLeases(caller.tenant, { run: textOf(query.run) }, pageOf(request));
      const rights = permissionsOf({ renew: mayI(caller, 'runs.undo') });
      return pageAnswer(
        request,
        answer,
        answer.items.map((lease) => ({ ...lease, ...rights })),
      );
    },
  },
  {
    method: 'post',
    path: '/v1/leases/{id}/renew',
    operationId: 'renewLease',
    summary: 'Let it stand longer, from now on for a time or until an instant.',
    permission: 'runs.undo',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: {
        ...object(
          {
            for: { type: 'string', minLength: 2, maxLength: 32 },
            until: { type: 'string', format: 'date-time' },
            reason: { type: 'string', minLength: 1, maxLength: 1000 },
          },
          ['for', 'until'],
        ),
        oneOf: [{ required: ['for'] }, { required: ['until'] }],
      },
    },
    answers: {
      200: { description: 'Renewed until then.', schema: object({ id: text, until: time }) },
    },
    async handle({ caller, params, body }, { useCases }) {
      const said = body as { for?: string; until?: string; reason: string };
      const recordId = params.id as UndoId;
      const renewed = accepted(
        await useCases.renewLease(caller, { recordId, until: endOf(said), reason: said.reason }),
      );
      return { status: 200, body: { id: recordId, until: renewed.until } };
    },
  },
];

/** @throws Problem request/invalid */
function endOf(said: { for?: string; until?: string }): { forMs: number } | { untilMs: number } {
  if (said.until !== undefined) {
    const untilMs = Date.parse(said.until);
    if (!Number.isNaN(untilMs)) return { untilMs };
    throw new Problem('request/invalid', '"until" is not a time.');
  }
  const forMs = readDuration(said.for ?? '');
  if (forMs !== null && forMs > 0) return { forMs };
  throw new Problem('request/invalid', '"for" is a duration such as 24h or 1d12h.');
}
