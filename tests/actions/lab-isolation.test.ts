import { afterEach, describe, expect, test } from 'vitest';
import type { Scenario } from '../../examples/lab/scenario.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, confirm, perform, performToTheEnd } from './support/perform.ts';

const ids: { [name: string]: string } = {};
const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(scenario: Partial<Scenario> = {}): Promise<Bench> {
  const bench = await openLab(scenario);
  open.push(bench);
  for (const { machine } of bench.estate.state().hosts)
    ids[machine.computerDnsName.split('.')[0] ?? ''] = machine.id;
  return bench;
}

const on = (name: string) => ({ host_id: ids[name] ?? `no host ${name}` });
const advancing = (bench: Bench) => () => bench.estate.advance(400);
const isolation = (bench: Bench, name: string) => bench.estate.host(`${name}.contoso.com`).isolation;
function pendingOf(bench: Bench, name: string): { status: string; type: string }[] {
  const actions = bench.estate.host(`${name}.contoso.com`).actions as object[] as {
    status: string;
    type: string;
  }[];
  return actions.filter((action) => action.status === 'Pending' || action.status === 'InProgress');
}

/** Orders by hand, past Riposte, as an analyst in the portal does. */
async function orderByHand(
  bench: Bench,
  name: string,
  operation: 'isolate' | 'unisolate',
  scope = 'Full',
): Promise<void> {
  const context = bench.context();
  const { settings } = context.connection;
  const signedIn = await context.http.send({
    method: 'POST',
    url: `${settings.loginUrl}/${settings.tenantId}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: settings.clientId ?? '',
      client_secret: await context.connection.secret('client_secret'),
      scope: 'https://api.securitycenter.microsoft.com/.default',
    }).toString(),
  });
  const { access_token } = JSON.parse(signedIn.text) as { access_token: string };
  const answer = await context.http.send({
    method: 'POST',
    url: `${settings.mdeUrl}/api/machines/${ids[name]}/${operation}`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${access_token}` },
    body: JSON.stringify({
      Comment: 'by hand',
      ...(operation === 'isolate' ? { IsolationType: scope } : {}),
    }),
  });
  if (answer.status !== 201) throw new Error(`by hand: ${answer.status} ${answer.text}`);
}

describe('an isolation', () => {
  test('is accepted, waits for the device, and ends isolated', async () => {
    const bench = await start();
    const action = bench.action('edr.isolate-host');
    const first = await perform(action, bench.context(), on('ws-0117'));
    expect(first.kind).toBe('accepted');
    expect(isolation(bench, 'ws-0117')).toBe('none');
    if (first.kind !== 'accepted') return;
    bench.estate.advance(150);
    expect((await confirm(action, bench.context(), on('ws-0117'), first.handle)).kind).toBe('accepted');
    bench.estate.advance(150);
    expect(await confirm(action, bench.context(), on('ws-0117'), first.handle)).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { state: 'isolated', scope: 'full', host_name: 'ws-0117.contoso.com' },
    });
    expect(isolation(bench, 'ws-0117')).toBe('Full');
  });

  test('can be selective, and is raised to full when full is asked for', async () => {
    const bench = await start();
    const action = bench.action('edr.isolate-host');
    const selective = { ...on('ws-0117'), scope: 'selective' };
    expect(await performToTheEnd(action, bench.context(), selective, advancing(bench))).toMatchObject({
      outputs: { scope: 'selective' },
    });
    expect(isolation(bench, 'ws-0117')).toBe('Selective');
    expect(await performToTheEnd(action, bench.context(), on('ws-0117'), advancing(bench))).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { scope: 'full' },
    });
    expect(isolation(bench, 'ws-0117')).toBe('Full');
    expect(await perform(action, bench.context({ actionKey: 'another' }), selective)).toMatchObject({
      kind: 'succeeded',
      changed: false,
    });
  });

  test.each([
    ['mri-01', {}, 'unsupported-target'],
    ['build-02', {}, 'unsupported-target'],
    ['mac-0042', { scope: 'selective' }, 'unsupported-target'],
    ['cam-17', {}, 'invalid-request'],
  ])('of %s with %j is refused as %s', async (name, more, code) => {
    const bench = await start();
    const outcome = await perform(bench.action('edr.isolate-host'), bench.context(), {
      ...on(name),
      ...more,
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code, kind: 'terminal' } });
  });

  test('of a device that is switched off waits, and lapses after three days', async () => {
    const bench = await start();
    const action = bench.action('edr.isolate-host');
    const first = await perform(action, bench.context(), on('lt-0099'));
    if (first.kind !== 'accepted') throw new Error(first.kind);
    bench.estate.advance(2 * 24 * 60 * 60 * 1000);
    expect((await confirm(action, bench.context(), on('lt-0099'), first.handle)).kind).toBe('accepted');
    bench.estate.advance(25 * 60 * 60 * 1000);
    expect(await confirm(action, bench.context(), on('lt-0099'), first.handle)).toMatchObject({
      kind: 'failed',
      failure: { code: 'target-timed-out', kind: 'terminal' },
    });
  });

  test('that the device cannot carry out fails', async () => {
    const bench = await start();
    bench.estate.addFault({
      method: 'POST',
      path: '*/isolate',
      does: { kind: 'end-machine-action', as: 'Failed' },
    });
    const outcome = await performToTheEnd(
      bench.action('edr.isolate-host'),
      bench.context(),
      on('ws-0117'),
      advancing(bench),
    );
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'target-failed' } });
  });

  test.each(['adopt', 'refuse', 'stuck'] as const)(
    'that somebody else has under way is adopted, never doubled (vendor would %s)',
    async (duplicateIsolation) => {
      const bench = await start({ duplicateIsolation });
      await orderByHand(bench, 'ws-0117', 'isolate');
      const outcome = await performToTheEnd(
        bench.action('edr.isolate-host'),
        bench.context(),
        on('ws-0117'),
        advancing(bench),
      );
      expect(outcome).toMatchObject({ kind: 'succeeded', changed: false });
      expect(bench.estate.effect('network-isolated', `host:${ids['ws-0117']}`)).toMatchObject({
        orders: 1,
        duplicates: 0,
        repeats: 0,
      });
    },
  );

  test('takes precedence over a release that is still under way', async () => {
    const bench = await start();
    const action = bench.action('edr.isolate-host');
    await performToTheEnd(action, bench.context(), on('ws-0117'), advancing(bench));
    await orderByHand(bench, 'ws-0117', 'unisolate');
    const outcome = await perform(action, bench.context({ actionKey: 'another' }), on('ws-0117'));
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: false });
    // Whose own order stands says so: an attempt before this one brought it about.
    expect(await perform(action, bench.context(), on('ws-0117'))).toMatchObject({ changed: true });
    bench.estate.advance(60_000);
    expect(isolation(bench, 'ws-0117')).toBe('Full');
    expect(pendingOf(bench, 'ws-0117')).toEqual([]);
  });

  test('by two workers at the same moment may be doubled, and a release still leaves nothing behind', async () => {
    // one order per device at a time is the engine's business (facts 4.3, step 5)
    const bench = await start({ duplicateIsolation: 'stuck' });
    const isolate = () =>
      performToTheEnd(bench.action('edr.isolate-host'), bench.context(), on('ws-0117'), advancing(bench));
    const outcomes = await Promise.all([isolate(), isolate()]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['succeeded', 'succeeded']);
    await performToTheEnd(bench.action('edr.release-host'), bench.context(), on('ws-0117'), advancing(bench));
    bench.estate.advance(24 * 60 * 60 * 1000);
    expect(isolation(bench, 'ws-0117')).toBe('none');
    expect(pendingOf(bench, 'ws-0117')).toEqual([]);
  });
});

describe('the stuck isolation', () => {
  /** An isolated device with a forgotten duplicate that runs after the next release. */
  async function trap(): Promise<Bench> {
    const bench = await start({ duplicateIsolation: 'stuck' });
    await performToTheEnd(bench.action('edr.isolate-host'), bench.context(), on('ws-0117'), advancing(bench));
    await orderByHand(bench, 'ws-0117', 'isolate');
    bench.estate.advance(60_000);
    expect(pendingOf(bench, 'ws-0117')).toHaveLength(1);
    return bench;
  }

  test('catches whoever releases without cancelling, so the trap is real', async () => {
    const bench = await trap();
    await orderByHand(bench, 'ws-0117', 'unisolate');
    bench.estate.advance(60_000);
    expect(isolation(bench, 'ws-0117')).toBe('Full');
  });

  test('does not catch our release: the device stays free', async () => {
    const bench = await trap();
    const outcome = await performToTheEnd(
      bench.action('edr.release-host'),
      bench.context(),
      on('ws-0117'),
      advancing(bench),
    );
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: true, outputs: { state: 'released' } });
    bench.estate.advance(24 * 60 * 60 * 1000);
    expect(isolation(bench, 'ws-0117')).toBe('none');
    expect(pendingOf(bench, 'ws-0117')).toEqual([]);
  });

  test('that appears behind our release is not reported as released, and the next attempt clears it', async () => {
    const bench = await start({ duplicateIsolation: 'stuck' });
    await performToTheEnd(bench.action('edr.isolate-host'), bench.context(), on('ws-0117'), advancing(bench));
    const release = bench.action('edr.release-host');
    const first = await perform(release, bench.context(), on('ws-0117'));
    if (first.kind !== 'accepted') throw new Error(first.kind);
    bench.estate.addFault({
      method: 'POST',
      path: '*/isolate',
      does: { kind: 'end-machine-action', as: 'never' },
    });
    await orderByHand(bench, 'ws-0117', 'isolate');
    bench.estate.advance(60_000);
    const early = await confirm(release, bench.context(), on('ws-0117'), first.handle);
    expect(early).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
    const again = await performToTheEnd(release, bench.context(), on('ws-0117'), advancing(bench));
    expect(again.kind).toBe('succeeded');
    bench.estate.advance(60_000);
    expect(isolation(bench, 'ws-0117')).toBe('none');
    expect(pendingOf(bench, 'ws-0117')).toEqual([]);
  });

  test('does not keep our own isolation waiting for a duplicate that never runs', async () => {
    const bench = await trap();
    const outcome = await performToTheEnd(
      bench.action('edr.isolate-host'),
      bench.context(),
      on('ws-0117'),
      advancing(bench),
    );
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: false });
  });
});

describe('a release', () => {
  test('cancels an isolation that has not reached the device yet', async () => {
    const bench = await start();
    await perform(bench.action('edr.isolate-host'), bench.context(), on('lt-0099'));
    expect(pendingOf(bench, 'lt-0099')).toHaveLength(1);
    await perform(bench.action('edr.release-host'), bench.context(), on('lt-0099'));
    expect(pendingOf(bench, 'lt-0099').map((action) => action.type)).toEqual(['Unisolate']);
  });

  test('of a device that was never isolated is ordered all the same: no record is no proof', async () => {
    const bench = await start();
    expect(await check(bench.action('edr.release-host'), bench.context(), on('ws-0301'))).toEqual({
      kind: 'absent',
    });
    const outcome = await performToTheEnd(
      bench.action('edr.release-host'),
      bench.context(),
      on('ws-0301'),
      advancing(bench),
    );
    expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { state: 'released' } });
  });

  test('carries our key and reason to the people in the portal', async () => {
    const bench = await start();
    await perform(bench.action('edr.release-host'), bench.context({ actionKey: 'key1' }), {
      ...on('ws-0117'),
      comment: 'False positive',
    });
    const [action] = bench.estate.host('ws-0117.contoso.com').actions;
    expect(action).toMatchObject({ requestorComment: 'False positive [riposte key1]' });
  });
});
