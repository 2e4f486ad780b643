import type { Deps } from '../http/deps.ts';
import { NotReady } from '../http/not-ready.ts';
import type { Answer, Route } from '../http/route.ts';
import { flag, list, object, text } from '../openapi/schema-words.ts';

/** Behind by more than this is worth a look; the reconciler works every few seconds. */
const lagSecondsMax = 60;

interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

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
    handle: (_request, deps) => ready(deps),
  },
];

async function ready(deps: Deps): Promise<Answer> {
  const probes = Object.entries(deps.probes ?? {}).map(([name, probe]) => answersIn(name, probe, deps));
  const checks = (await Promise.all([storeChecks(deps), ...probes])).flat();
  const ok = checks.every((check) => check.ok);
  return { status: ok ? 200 : 503, body: { ok, checks } };
}

/** Everybody may ask, so the answer names no host, no error text and no version. */
async function storeChecks({ read, log }: Deps): Promise<Check[]> {
  try {
    const { outboxLagSeconds, auditLagSeconds, anchorsFailing, logInDoubt } = await read.readHealth();
    return [
      { name: 'store', ok: true, detail: 'answers' },
      lag('outbox', outboxLagSeconds),
      lag('audit', auditLagSeconds),
      {
        name: 'log',
        ok: !logInDoubt,
        detail: logInDoubt ? 'contradicts itself or its anchors; containment is held' : 'continues',
      },
      {
        name: 'anchors',
        ok: anchorsFailing === 0,
        detail: anchorsFailing === 0 ? 'up to date' : `${anchorsFailing} not reached`,
      },
    ];
  } catch (error) {
    log.error({ err: error }, 'the store does not answer');
    return [{ name: 'store', ok: false, detail: 'does not answer' }];
  }
}

function lag(name: string, seconds: number): Check {
  const ok = seconds <= lagSecondsMax;
  return {
    name,
    ok,
    detail: ok ? 'up to date' : `${Math.round(seconds)} seconds behind`,
  };
}

async function answersIn(name: string, probe: () => Promise<unknown>, { log }: Deps): Promise<Check> {
  try {
    await probe();
    return { name, ok: true, detail: 'answers' };
  } catch (error) {
    log.error({ err: error, probe: name }, 'a readiness check failed');
    return { name, ok: false, detail: error instanceof NotReady ? error.message : 'does not answer' };
  }
}
