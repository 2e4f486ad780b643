import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { traceSchema } from './alerts.ts';

export const signalRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/signals/{id}/trace',
    operationId: 'readSignalTrace',
    summary: 'Why playbooks did or did not start for a webhook, a changed incident or another signal.',
    permission: 'alerts.read',
    query: queries.paging,
    answers: {
      200: { description: 'A page of the triggers that were tried, in order.', schema: traceSchema },
    },
    async handle(request, { read }) {
      const { caller, params } = request;
      const id = params.id ?? '';
      found(await read.readSignal(caller.tenant, id));
      const answer = await read.listTrace(caller.tenant, id, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
];
