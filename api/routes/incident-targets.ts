import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { impactedFor } from '../http/mask-impacted.ts';
import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { integer, list, map, nullable, object, page, text, time } from '../openapi/schema-words.ts';

const itemSchema = object({
  kind: text,
  id: text,
  name: nullable(text),
  alerts: integer,
  known: nullable(object({ facts: map, readAt: time })),
  contained: list(
    object({
      id: text,
      effect: text,
      state: text,
      run: text,
      playbook: object({ id: text, title: text }),
      incidentId: nullable(text),
    }),
  ),
});

export const incidentTargetRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/incidents/{id}/targets',
    operationId: 'listIncidentTargets',
    summary: 'What its alerts name and its runs changed, and what is contained of each, by whichever run.',
    permission: 'incidents.read',
    query: queries.paging,
    answers: {
      200: {
        description:
          'A page, by kind and id as they are written: one account may be named by its address and by its object id. `known` is what a run last read of it in its system, and when; null when none did, and for whoever may not see values. Of each the newest ten effects that stand; `GET /v1/holds?target=` lists all.',
        schema: page(itemSchema),
      },
    },
    async handle(request, { read }) {
      const { caller, params } = request;
      const id = params.id ?? '';
      const targets = await read.listImpacted(caller.tenant, id, pageOf(request));
      if (targets.items.length === 0) found(await read.readIncident(caller.tenant, id));
      const items = targets.items.map((item) => impactedFor(caller, item));
      return pageAnswer(request, targets, items);
    },
  },
];
