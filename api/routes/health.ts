import type { Route } from '../http/route.ts';
import { flag, list, object, text } from '../openapi/schema-words.ts';

const readySchema = object({
  ok: flag,
  checks: list(object({ name: text, ok: flag, detail: text })),
});

export const healthRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/healthz',
    operationId: 'alive',
    summary: 'The process answers.',
    permission: 'public',
    answers: { 200: { description: 'Alive.', schema: object({ ok: flag }) } },
    handle: () => ({ status: 200, body: { ok: true } }),
  },
  {
    method: 'get',
    path: '/readyz',
    operationId: 'ready',
    summary: 'Store, queue, migrations, outbox lag and audit backlog.',
    permission: 'public',
    answers: {
      200: { description: 'Ready.', schema: readySchema },
      503: {
        description: 'Not ready; the checks say why.',
        schema: readySchema,
      },
    },
    async handle(_request, { readiness }) {
      const { ok, checks } = await readiness();
      return { status: ok ? 200 : 503, body: { ok, checks } };
    },
  },
];
