import { expect, it } from 'vitest';
import type { Deps } from '../../api/http/deps.ts';
import { NotReady } from '../../api/http/not-ready.ts';
import type { RouteRequest } from '../../api/http/route.ts';
import { healthRoutes } from '../../api/routes/health.ts';

/* Everybody may ask, so only what was meant for everybody is said. */

const ready = healthRoutes.find(({ path }) => path === '/readyz');

async function ask(probe: () => Promise<unknown>) {
  const health = { outboxLagSeconds: 0, auditLagSeconds: 0, anchorsFailing: 0, logInDoubt: false };
  const deps = {
    read: { readHealth: async () => health },
    probes: { 'audit-key': probe },
    log: { error: () => undefined },
  } as unknown as Deps;
  return (await ready?.handle({} as RouteRequest, deps)) as {
    status: number;
    body: { ok: boolean; checks: { name: string; ok: boolean; detail: string }[] };
  };
}

it('a host that lacks the key of the log says so by its code, and is not ready', async () => {
  const answer = await ask(async () => {
    throw new NotReady('audit/key-missing: the key of the current log is not on this host');
  });
  expect(answer.status).toBe(503);
  expect(answer.body.checks.at(-1)).toEqual({
    name: 'audit-key',
    ok: false,
    detail: 'audit/key-missing: the key of the current log is not on this host',
  });
});

it('any other trouble of a part stays in the log of the process', async () => {
  const answer = await ask(async () => {
    throw new Error('connect ECONNREFUSED 10.0.0.7:6379');
  });
  expect(answer.status).toBe(503);
  expect(JSON.stringify(answer.body)).not.toContain('10.0.0.7');
  expect((await ask(async () => 'fine')).status).toBe(200);
});
