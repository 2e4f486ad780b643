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
    answers: { 200: { description: 'Every trigger that was tried, in order.', schema: traceSchema } },
    async handle({ caller, params }, { read }) {
      const id = params.id ?? '';
      found(await read.readSignal(caller.tenant, id));
      return { status: 200, body: { items: await read.readTrace(caller.tenant, id), next: null } };
    },
  },
];
