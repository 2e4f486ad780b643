import { afterEach, describe, expect, test } from 'vitest';
import { documentedLimits, type Scenario } from '../../examples/lab/scenario.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, perform } from './support/perform.ts';

const maria = 'cdaa57eb-2d99-57e7-9a18-bfe9267d9594';

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(scenario: Partial<Scenario> = {}): Promise<Bench> {
  const bench = await openLab(scenario);
  open.push(bench);
  return bench;
}

describe('the risk of a user', () => {
  test.each([
    ['maria.lind@contoso.com', 'high', 'at_risk'],
    [maria, 'high', 'at_risk'],
    ['erik.holm@contoso.com', 'none', 'none'],
  ])('%s is read', async (user, level, state) => {
    const bench = await start();
    expect(
      await perform(bench.action('directory.get-risk'), bench.context(), { user_id: user }),
    ).toMatchObject({
      kind: 'succeeded',
      outputs: { risk_level: level, risk_state: state },
    });
  });

  test('is confirmed and dismissed, by object id, whatever name was given', async () => {
    const bench = await start();
    const input = { user_id: 'maria.lind@contoso.com' };
    const confirmed = await perform(bench.action('directory.confirm-compromised'), bench.context(), input);
    expect(confirmed).toMatchObject({
      kind: 'succeeded',
      outputs: { id: maria, state: 'confirmed_compromised' },
    });
    // nobody read what was true before, so nothing is claimed about it
    expect(Object.hasOwn(confirmed, 'changed')).toBe(false);
    expect(bench.estate.user(maria).risk).toEqual({ level: 'high', state: 'confirmedCompromised' });
    await perform(bench.action('directory.dismiss-risk'), bench.context(), input);
    expect(bench.estate.effect('risk-confirmed', `user:${maria}`)).toMatchObject({ applied: 1, released: 1 });
  });

  test('of somebody who does not exist cannot be confirmed', async () => {
    const bench = await start();
    expect(
      await perform(bench.action('directory.confirm-compromised'), bench.context(), {
        user_id: '00000000-0000-4000-8000-000000000000',
      }),
    ).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
  });

  test('one action spends one of the requests that the tenant has a second', async () => {
    const bench = await start({ limits: documentedLimits });
    const input = { user_id: maria };
    expect(
      await perform(bench.action('directory.confirm-compromised'), bench.context(), input),
    ).toMatchObject({
      kind: 'succeeded',
    });
    const throttled = await perform(bench.action('directory.get-risk'), bench.context(), input);
    expect(throttled).toMatchObject({ kind: 'failed', failure: { code: 'throttled', kind: 'retryable' } });
    if (throttled.kind !== 'failed') throw new Error('not throttled');
    expect(throttled.failure.retryAfterMs).toBeUndefined();
    bench.estate.advance(1000);
    expect(await perform(bench.action('directory.get-risk'), bench.context(), input)).toMatchObject({
      kind: 'succeeded',
    });
  });
});

describe('sign-in methods', () => {
  const list = async (bench: Bench, after: string) => {
    const outcome = await perform(bench.action('directory.list-auth-methods'), bench.context(), {
      user_id: maria,
      registered_after: after,
    });
    if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
    return outcome.outputs;
  };
  const hourAgo = (bench: Bench) => new Date(bench.estate.nowMs() - 3_600_000).toISOString();

  test('registered since an instant are told from the rest, and those without a date are counted', async () => {
    const bench = await start();
    const outputs = await list(bench, hourAgo(bench));
    expect((outputs.methods as JsonObject[]).map((method) => method.kind)).toEqual([
      'password',
      'phone',
      'authenticator',
      'software_oath',
    ]);
    expect((outputs.recent as JsonObject[]).map((method) => method.kind)).toEqual(['authenticator']);
    expect(outputs.undated).toBe(2);
  });

  test.each(['2026-11-20T09:00:00', '2026-11-20 09:00:00Z', '2027-02-29T09:00:00Z', 'Nov 20, 2026'])(
    'registered since %s is no instant that is the same on every machine',
    async (after) => {
      const bench = await start();
      const input = { user_id: maria, registered_after: after };
      expect(
        await perform(bench.action('directory.list-auth-methods'), bench.context(), input),
      ).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
    },
  );

  test('the intruder’s one is deleted, and a second time there is nothing to do', async () => {
    const bench = await start();
    const [recent] = (await list(bench, hourAgo(bench))).recent as { id: string }[];
    const input = { user_id: maria, method_id: recent?.id ?? '' };
    const action = bench.action('directory.delete-auth-method');
    expect(await check(action, bench.context(), input)).toMatchObject({ kind: 'absent' });
    expect(await perform(action, bench.context(), input)).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { kind: 'authenticator' },
    });
    expect(await perform(action, bench.context(), input)).toMatchObject({
      kind: 'succeeded',
      changed: false,
    });
    expect(bench.estate.user(maria).methods).toHaveLength(3);
    expect(bench.estate.effect('method-deleted', `user:${maria}#${recent?.id}`)).toMatchObject({
      applied: 1,
    });
  });

  test('a deletion whose answer was lost is seen by check', async () => {
    const bench = await start();
    const input = { user_id: maria, method_id: '6f2a1c55-0000-4000-8000-00000000b001' };
    bench.estate.addFault({ method: 'DELETE', path: '*', does: { kind: 'apply-then-drop' } });
    const action = bench.action('directory.delete-auth-method');
    expect(await perform(action, bench.context(), input)).toMatchObject({ kind: 'unknown' });
    expect(await check(action, bench.context(), input)).toMatchObject({ kind: 'present' });
  });

  test('a password cannot be deleted', async () => {
    const bench = await start();
    expect(
      await perform(bench.action('directory.delete-auth-method'), bench.context(), {
        user_id: maria,
        method_id: '28c10230-6103-485e-b985-444c60001490',
      }),
    ).toMatchObject({ kind: 'failed', failure: { code: 'unsupported-target' } });
    expect(bench.estate.calls().filter((call) => call.method === 'DELETE')).toEqual([]);
  });

  test('of an administrator are protected', async () => {
    const bench = await start();
    expect(
      await perform(bench.action('directory.delete-auth-method'), bench.context(), {
        user_id: 't1-admin@contoso.com',
        method_id: '7a000000-0000-4000-8000-00000000b030',
      }),
    ).toMatchObject({ kind: 'failed', failure: { code: 'forbidden' } });
  });

  test('an instant that is none is refused before anything is sent', async () => {
    const bench = await start();
    expect(
      await perform(bench.action('directory.list-auth-methods'), bench.context(), {
        user_id: maria,
        registered_after: 'yesterday',
      }),
    ).toMatchObject({ failure: { code: 'invalid-request' } });
    expect(bench.estate.callCount()).toBe(0);
  });
});
