import { expect, it } from 'vitest';
import type { Deps } from '../../api/http/deps.ts';
import { NotReady } from '../../api/http/not-ready.ts';
import { createReadiness } from '../../api/http/readiness.ts';
import type { RouteRequest } from '../../api/http/route.ts';
import { healthRoutes } from '../../api/routes/health.ts';
import { shareAnswer } from '../../engine/runtime/share-answer.ts';

/* Everybody may ask, so only what was meant for everybody is said, and all together ask once. */

const ready = healthRoutes.find(({ path }) => path === '/readyz');
const health = {
  outboxLagSeconds: 0,
  auditLagSeconds: 0,
  anchorsFailing: 0,
  logInDoubt: false,
  deadlinesLateSeconds: 0,
};
const quiet = { error: () => undefined };

async function ask(probe: () => Promise<unknown>) {
  const readiness = createReadiness({
    read: { readHealth: async () => health },
    probes: { 'audit-key': probe },
    log: quiet,
  });
  return (await ready?.handle({} as RouteRequest, { readiness } as unknown as Deps)) as {
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

it('many who ask at once, and soon after, look and write once; later it is looked again', async () => {
  let looks = 0;
  let answer: () => void = () => undefined;
  const counted = (keptMs: number) =>
    createReadiness(
      {
        read: { readHealth: async () => health },
        probes: {
          'audit-entries': () => {
            looks += 1;
            return new Promise<void>((resolve) => {
              answer = resolve;
            });
          },
        },
        log: quiet,
      },
      keptMs,
    );
  const lasting = counted(3_600_000);
  const asking = Array.from({ length: 50 }, lasting);
  await Promise.resolve();
  answer();
  expect(new Set((await Promise.all(asking)).map(({ ok }) => ok))).toEqual(new Set([true]));
  expect(await lasting()).toMatchObject({ ok: true });
  expect(looks).toBe(1);
  const passing = counted(0);
  for (const expected of [2, 3]) {
    const asked = passing();
    answer();
    await asked;
    expect(looks).toBe(expected);
  }
});

it('a no is shared like a yes, and a look that breaks off is looked again', async () => {
  let looks = 0;
  const readiness = createReadiness(
    {
      read: {
        readHealth: async () => {
          looks += 1;
          throw new Error('gone');
        },
      },
      log: quiet,
    },
    3_600_000,
  );
  expect(await readiness()).toMatchObject({ ok: false });
  expect(await readiness()).toMatchObject({ ok: false });
  expect(looks).toBe(1);
  let tries = 0;
  const shared = shareAnswer(async () => {
    tries += 1;
    if (tries === 1) throw new Error('broke off');
    return tries;
  }, 3_600_000);
  await expect(shared()).rejects.toThrow('broke off');
  expect([await shared(), await shared()]).toEqual([2, 2]);
});
