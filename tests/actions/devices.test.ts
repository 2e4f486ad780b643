import { afterEach, describe, expect, test } from 'vitest';
import type { Scenario } from '../../examples/lab/scenario.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, confirm, perform, performToTheEnd } from './support/perform.ts';

const ws0117 = 'c8f19ec1-30eb-5110-bc26-a9df3c0e09c9';

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(scenario: Partial<Scenario> = {}): Promise<Bench> {
  const bench = await openLab(scenario);
  open.push(bench);
  return bench;
}

function managedId(bench: Bench, host: string): string {
  const { managed } = bench.estate.host(host);
  if (managed === null) throw new Error(`${host} is not managed`);
  return managed.id;
}

describe('a device of the directory', () => {
  test('is found by its device id and changed by its object id', async () => {
    const bench = await start();
    const input = { directory_id: ws0117.toUpperCase() };
    expect(await perform(bench.action('directory.disable-device'), bench.context(), input)).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { enabled: false, was_enabled: true },
    });
    expect(bench.estate.host('ws-0117').device?.enabled).toBe(false);
    expect(await check(bench.action('directory.disable-device'), bench.context(), input)).toMatchObject({
      kind: 'present',
    });
    expect(await perform(bench.action('directory.disable-device'), bench.context(), input)).toMatchObject({
      changed: false,
    });
    await perform(bench.action('directory.enable-device'), bench.context(), input);
    expect(bench.estate.effect('device-blocked', `host:${ws0117}`)).toMatchObject({
      applied: 1,
      released: 1,
      repeats: 0,
    });
  });

  test('that does not exist is not found, and what is no GUID is not asked for', async () => {
    const bench = await start();
    const disable = bench.action('directory.disable-device');
    expect(
      await perform(disable, bench.context(), { directory_id: '00000000-0000-4000-8000-000000000000' }),
    ).toMatchObject({ failure: { code: 'not-found' } });
    const calls = bench.estate.callCount();
    expect(await perform(disable, bench.context(), { directory_id: "x' or deviceId ne '" })).toMatchObject({
      failure: { code: 'invalid-request' },
    });
    expect(bench.estate.callCount()).toBe(calls);
  });
});

describe('a managed device', () => {
  test('is found by the device id of the directory, or said not to be managed', async () => {
    const bench = await start();
    const find = (id: string) =>
      perform(bench.action('mdm.find-device'), bench.context(), { directory_id: id });
    expect(await find(ws0117)).toMatchObject({
      outputs: { found: true, device_id: managedId(bench, 'ws-0117'), management_state: 'managed' },
    });
    expect(await find(bench.estate.host('fs-01').machine.aadDeviceId ?? '')).toMatchObject({
      outputs: { found: false },
    });
  });

  test.each([
    ['mdm.lock-device', 'device-locked', 'locked'],
    ['mdm.wipe-device', 'device-wiped', 'wiped'],
  ])('%s is accepted, and done when the device did it', async (key, effect, state) => {
    const bench = await start();
    const id = managedId(bench, 'ws-0117');
    const outcome = await performToTheEnd(bench.action(key), bench.context(), { device_id: id }, () =>
      bench.estate.advance(200),
    );
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: true, outputs: { state, device_id: id } });
    expect(bench.estate.effect(effect, `host:${id}`)).toMatchObject({ orders: 1, applied: 1, duplicates: 0 });
  });

  test('that is wiped is never wiped again; that was locked once is locked again', async () => {
    const bench = await start();
    const input = { device_id: managedId(bench, 'ws-0117') };
    const advance = () => bench.estate.advance(200);
    for (const key of ['mdm.lock-device', 'mdm.lock-device', 'mdm.wipe-device', 'mdm.wipe-device']) {
      await performToTheEnd(bench.action(key), bench.context(), input, advance);
    }
    const orders = bench.estate.host('ws-0117').managed?.orders.map((order) => order.name);
    expect(orders).toEqual(['remoteLock', 'remoteLock', 'wipe']);
    expect(await check(bench.action('mdm.wipe-device'), bench.context(), input)).toMatchObject({
      kind: 'present',
    });
  });

  test('is not ordered twice: one that is under way is adopted', async () => {
    const bench = await start();
    const input = { device_id: managedId(bench, 'ws-0117') };
    const wipe = bench.action('mdm.wipe-device');
    bench.estate.addFault({ method: 'POST', path: '*/wipe', does: { kind: 'apply-then-drop' } });
    expect(await perform(wipe, bench.context(), input)).toMatchObject({ kind: 'unknown' });
    const now = await check(wipe, bench.context(), input);
    if (now.kind !== 'in-transition') throw new Error(now.kind);
    expect(await perform(wipe, bench.context(), input)).toMatchObject({ kind: 'accepted' });
    bench.estate.advance(200);
    expect(await confirm(wipe, bench.context(), input, now.handle)).toMatchObject({
      kind: 'succeeded',
      changed: false,
    });
    expect(bench.estate.effect('device-wiped', `host:${input.device_id}`)).toMatchObject({
      orders: 1,
      duplicates: 0,
    });
  });

  test.each(['mdm.lock-device', 'mdm.wipe-device'])(
    '%s does not call an order its own that it only found under way',
    async (key) => {
      const bench = await start();
      const input = { device_id: managedId(bench, 'ws-0117') };
      const order = bench.action(key);
      await perform(order, bench.context({ actionKey: 'somebody-else' }), input);
      const adopted = await performToTheEnd(order, bench.context(), input, () => bench.estate.advance(200));
      expect(adopted).toMatchObject({ kind: 'succeeded', changed: false });
    },
  );

  test('that cannot carry the order out fails; one that is switched off is waited for', async () => {
    const bench = await start({ deviceOrders: 'fail' });
    const advance = () => bench.estate.advance(200);
    const lock = bench.action('mdm.lock-device');
    const broken = { device_id: managedId(bench, 'ws-0117') };
    expect(await performToTheEnd(lock, bench.context(), broken, advance)).toMatchObject({
      failure: { code: 'target-failed' },
    });
    const off = { device_id: managedId(bench, 'lt-0099') };
    expect(await performToTheEnd(lock, bench.context(), off, advance)).toMatchObject({ kind: 'accepted' });
  });
});

test('mails are found by the hash of an attachment', async () => {
  const bench = await start();
  const sha256 = '5d93fb6391cdf17f61bcdba6256d641c3ad4f662d4321b92ffb94e13576d2926';
  const search = bench.action('mail.search-messages');
  const outcome = await perform(search, bench.context(), { attachment_sha256: sha256.toUpperCase() });
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  // the campaign, and the answer that quotes it
  expect(outcome.outputs.messages).toHaveLength(29);
  expect(await perform(search, bench.context(), { attachment_sha256: '0'.repeat(64) })).toMatchObject({
    outputs: { messages: [] },
  });
  expect(await perform(search, bench.context(), { attachment_sha256: 'abc' })).toMatchObject({
    failure: { code: 'invalid-request' },
  });
});
