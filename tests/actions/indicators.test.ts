import { afterEach, describe, expect, test } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { openDesk } from './support/open-desk.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, perform } from './support/perform.ts';

const sha256 = 'ca6932dd49b275094b17e8b53934acd48672fc0024ad497ad3dd09259855297a';

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(mdeRoles: string[] = labClient.mdeRoles): Promise<Bench> {
  const bench = await openLab({ clients: [{ ...labClient, mdeRoles }] });
  open.push(bench);
  return bench;
}

describe.each([
  ['file', { sha256 }, sha256],
  ['domain', { domain: 'portal.invoices.example.com' }, 'portal.invoices.example.com'],
] as const)('blocking a %s', (kind, input, value) => {
  const block = `edr.block-${kind}`;
  const unblock = `edr.unblock-${kind}`;

  test('writes one indicator that says whose it is and when it ends, and removes it again', async () => {
    const bench = await start();
    const outcome = await perform(bench.action(block), bench.context(), {
      ...input,
      days: 7,
      comment: 'Case 1',
    });
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: true, outputs: { state: 'blocked' } });
    const [indicator] = bench.estate.state().indicators;
    expect(indicator).toMatchObject({
      indicatorValue: value,
      action: kind === 'file' ? 'BlockAndRemediate' : 'Block',
      application: 'Riposte',
    });
    expect(Date.parse(indicator?.expirationTime ?? '') - bench.estate.nowMs()).toBe(7 * 86_400_000);
    expect(await check(bench.action(block), bench.context(), input)).toMatchObject({ kind: 'present' });

    expect(await perform(bench.action(unblock), bench.context(), input)).toMatchObject({
      kind: 'succeeded',
      changed: true,
    });
    expect(bench.estate.effect(`${kind}-blocked`, `${kind}:${value}`)).toMatchObject({
      applied: 1,
      released: 1,
    });
    expect(await check(bench.action(block), bench.context(), input)).toMatchObject({ kind: 'absent' });
  });

  test('that is blocked is left alone, and nothing to remove counts as done', async () => {
    const bench = await start();
    expect(await perform(bench.action(unblock), bench.context(), input)).toMatchObject({ changed: false });
    await perform(bench.action(block), bench.context(), input);
    expect(await perform(bench.action(block), bench.context(), input)).toMatchObject({ changed: false });
    expect(bench.estate.effect(`${kind}-blocked`, `${kind}:${value}`)).toMatchObject({
      applied: 1,
      repeats: 0,
    });
  });

  test('whose answer was lost is found by check', async () => {
    const bench = await start();
    bench.estate.addFault({
      method: 'POST',
      path: '/mde/api/indicators',
      does: { kind: 'apply-then-fail', status: 503 },
    });
    expect(await perform(bench.action(block), bench.context(), input)).toMatchObject({ kind: 'unknown' });
    expect(await check(bench.action(block), bench.context(), input)).toMatchObject({ kind: 'present' });
    bench.estate.addFault({
      method: 'DELETE',
      path: '/mde/api/indicators/*',
      does: { kind: 'apply-then-drop' },
    });
    expect(await perform(bench.action(unblock), bench.context(), input)).toMatchObject({ kind: 'unknown' });
    expect(await check(bench.action(unblock), bench.context(), input)).toMatchObject({ kind: 'present' });
  });

  test('is forbidden without the permission', async () => {
    const bench = await start(['Machine.Read.All']);
    expect(await perform(bench.action(block), bench.context(), input)).toMatchObject({
      failure: { code: 'forbidden' },
    });
  });
});

/** An indicator that somebody else wrote, as the connector sees it with the wide permission. */
async function withForeign(action: string, more: { rbacGroupNames?: string[] } = {}): Promise<Bench> {
  const bench = await start([...labClient.mdeRoles, 'Ti.ReadWrite.All']);
  const mine = bench.action('edr.block-file');
  await perform(mine, bench.context(), { sha256 });
  const [made] = bench.estate.state().indicators;
  if (made === undefined) throw new Error('nothing was written');
  Object.assign(made, { action, application: 'Allow list of IT', createdBy: 'it', ...more });
  return bench;
}

test('an indicator that allows is not overwritten: somebody decided that', async () => {
  const bench = await withForeign('Allowed');
  expect(await perform(bench.action('edr.block-file'), bench.context(), { sha256 })).toMatchObject({
    kind: 'failed',
    failure: { code: 'conflict', kind: 'terminal' },
  });
  expect(bench.estate.state().indicators[0]?.action).toBe('Allowed');
});

test('a block of some device groups is not a block everywhere, and is not overwritten', async () => {
  const bench = await withForeign('Block', { rbacGroupNames: ['Pilot', 'Kiosks'] });
  const block = bench.action('edr.block-file');
  expect(await perform(block, bench.context(), { sha256 })).toMatchObject({
    kind: 'failed',
    failure: { code: 'conflict', kind: 'terminal', message: expect.stringContaining('device groups') },
  });
  expect(await check(block, bench.context(), { sha256 })).toEqual({
    kind: 'absent',
    shows: { indicator: 'Block', device_groups: 'Pilot, Kiosks' },
  });
  expect(await perform(bench.action('edr.unblock-file'), bench.context(), { sha256 })).toMatchObject({
    kind: 'failed',
    failure: { code: 'conflict' },
  });
  expect(bench.estate.state().indicators).toMatchObject([
    { action: 'Block', rbacGroupNames: ['Pilot', 'Kiosks'] },
  ]);
});

test('a block says until when it holds, also one that somebody else made', async () => {
  const bench = await start([...labClient.mdeRoles, 'Ti.ReadWrite.All']);
  const block = bench.action('edr.block-file');
  const untilMs = bench.estate.nowMs() + 2 * 86_400_000;
  const made = await perform(block, bench.context(), { sha256, days: 2 });
  expect(made).toMatchObject({ outputs: { until: new Date(untilMs).toISOString() } });
  expect(await check(block, bench.context(), { sha256 })).toMatchObject({
    kind: 'present',
    outputs: { until: new Date(untilMs).toISOString() },
  });
  Object.assign(bench.estate.state().indicators[0] ?? {}, { expirationTime: null, createdBy: 'it' });
  const found = await perform(block, bench.context(), { sha256 });
  expect(found.kind === 'succeeded' && found.outputs).toEqual({
    state: 'blocked',
    indicator_id: expect.any(String),
    remediates: true,
  });
});

describe('an indicator in the list', () => {
  const nowMs = Date.parse('2026-11-20T12:00:00Z');
  const row = (more: JsonObject): JsonObject => ({
    id: 7,
    indicatorValue: sha256,
    indicatorType: 'FileSha256',
    action: 'Block',
    application: 'IT',
    rbacGroupNames: [],
    rbacGroupIds: null,
    ...more,
  });
  const judged = async (more: JsonObject) => {
    const desk = await openDesk(({ method }) =>
      method === 'GET'
        ? { status: 200, json: { value: [row(more)] } }
        : { status: 200, json: row({ id: 8 }) },
    );
    try {
      const outcome = await perform(desk.action('edr.block-file'), desk.context({ nowMs: () => nowMs }), {
        sha256,
      });
      const writes = desk.vendor.calls().filter((call) => call.startsWith('POST')).length;
      return outcome.kind === 'failed' ? [outcome.failure.code, writes] : [outcome.kind, writes];
    } finally {
      await desk.close();
    }
  };

  test.each<[string, JsonObject, [string, number]]>([
    ['that has ended is no block', { expirationTime: '2026-11-20T11:59:59.1234567Z' }, ['succeeded', 1]],
    [
      'that allowed and has ended stops nobody',
      { action: 'Allowed', expirationTime: '2026-11-20T12:00:00Z' },
      ['succeeded', 1],
    ],
    ['that still holds is a block', { expirationTime: '2026-11-20T12:00:01Z' }, ['succeeded', 0]],
    ['without an end is a block', { expirationTime: '' }, ['succeeded', 0]],
    ['that names groups by id only is no block everywhere', { rbacGroupIds: [12] }, ['conflict', 0]],
    ['whose end cannot be read is not guessed about', { expirationTime: 'soon' }, ['invalid-response', 0]],
  ])('%s', async (_what, more, expected) => {
    expect(await judged(more)).toEqual(expected);
  });
});

test('a block that somebody else made is not removed', async () => {
  const bench = await withForeign('Block');
  expect(await perform(bench.action('edr.unblock-file'), bench.context(), { sha256 })).toMatchObject({
    kind: 'failed',
    failure: { code: 'conflict' },
  });
  expect(bench.estate.state().indicators).toHaveLength(1);
});

test.each([
  ['block', 7],
  ['block_and_remediate', 90],
])('removing a %s of %i days says what takes it back as strong as it was', async (action, days) => {
  const bench = await start();
  const unblock = bench.action('edr.unblock-file');
  await perform(bench.action('edr.block-file'), bench.context(), { sha256, action, days });
  bench.estate.advance(36 * 3_600_000);
  const outcome = await perform(unblock, bench.context(), { sha256 });
  expect(outcome).toMatchObject({ changed: true, outputs: { action, days: days - 1 } });
  expect(unblock.manifest.inverse).toMatchObject({ outputs: { action: 'action', days: 'days' } });
});

test('removing a block without an end blocks again for as long as that can be', async () => {
  const bench = await start();
  await perform(bench.action('edr.block-file'), bench.context(), { sha256 });
  Object.assign(bench.estate.state().indicators[0] ?? {}, { expirationTime: null });
  expect(await perform(bench.action('edr.unblock-file'), bench.context(), { sha256 })).toMatchObject({
    outputs: { days: 365 },
  });
});

test.each([
  ['edr.block-file', { sha256: 'abc' }],
  ['edr.block-file', { sha256: `${sha256}' or 1 eq 1` }],
  ['edr.block-domain', { domain: 'com' }],
  ['edr.block-domain', { domain: '192.0.2.1' }],
  ['edr.block-domain', { domain: 'https://phish.example' }],
  ['edr.block-domain', { domain: '*.phish.example' }],
  ['edr.block-domain', { domain: "phish.example' or indicatorType eq 'Url" }],
] as const)('%s sends nothing for %j', async (key, input) => {
  const bench = await start();
  const outcome = await bench.action(key).perform(bench.context(), input);
  expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
  expect(bench.estate.callCount()).toBe(0);
});
