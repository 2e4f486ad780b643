import { afterEach, describe, expect, test } from 'vitest';
import { openDesk } from './support/open-desk.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, confirm, perform, performToTheEnd } from './support/perform.ts';

const ws0117 = 'a0716faee06f3d46eff2077c3a0fd899b6484731';
const seen = 'a16e99f0f4572513a35838e09b0cc7178393694e';
const other = '3f786850e387550fdab836ed7e6dc881de23001b';

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(): Promise<Bench> {
  const bench = await openLab();
  open.push(bench);
  return bench;
}

const posts = (bench: Bench, operation: string) =>
  bench.estate.calls().filter((call) => call.method === 'POST' && call.url.endsWith(`/${operation}`)).length;

describe('collecting a package', () => {
  const input = { host_id: ws0117, comment: 'Case 1' };

  test('is accepted, and done when Defender says so', async () => {
    const bench = await start();
    const action = bench.action('edr.collect-package');
    const outcome = await performToTheEnd(action, bench.context(), input, () => bench.estate.advance(200));
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { state: 'collected', host_name: 'ws-0117.contoso.com' },
    });
    expect(bench.estate.effect('package-collected', `host:${ws0117}`)).toMatchObject({
      orders: 1,
      applied: 1,
    });
  });

  test('adopts one that runs already, because a second is refused', async () => {
    const bench = await start();
    const action = bench.action('edr.collect-package');
    const first = await perform(action, bench.context({ actionKey: 'a'.repeat(32) }), input);
    const second = await perform(action, bench.context({ actionKey: 'b'.repeat(32) }), input);
    if (first.kind !== 'accepted' || second.kind !== 'accepted') throw new Error('not accepted');
    expect(second.handle.machine_action_id).toBe(first.handle.machine_action_id);
    expect(posts(bench, 'collectInvestigationPackage')).toBe(1);
    bench.estate.advance(1000);
    expect(
      await confirm(action, bench.context({ actionKey: 'b'.repeat(32) }), input, second.handle),
    ).toMatchObject({ kind: 'succeeded', changed: false });
  });

  test('of an hour ago does not count as this one', async () => {
    const bench = await start();
    const action = bench.action('edr.collect-package');
    const advance = () => bench.estate.advance(200);
    await performToTheEnd(action, bench.context({ actionKey: 'a'.repeat(32) }), input, advance);
    expect(await check(action, bench.context({ actionKey: 'b'.repeat(32) }), input)).toEqual({
      kind: 'absent',
    });
    await performToTheEnd(action, bench.context({ actionKey: 'b'.repeat(32) }), input, advance);
    expect(bench.estate.effect('package-collected', `host:${ws0117}`)).toMatchObject({
      applied: 2,
      duplicates: 0,
    });
  });

  test('whose answer was lost is found by its key, and not ordered twice', async () => {
    const bench = await start();
    const action = bench.action('edr.collect-package');
    bench.estate.addFault({
      path: '/mde/api/machines/*/collectInvestigationPackage',
      does: { kind: 'apply-then-drop' },
    });
    expect(await perform(action, bench.context(), input)).toMatchObject({ kind: 'unknown' });
    const now = await check(action, bench.context(), input);
    expect(now).toMatchObject({ kind: 'in-transition' });
    bench.estate.advance(1000);
    expect(await check(action, bench.context(), input)).toMatchObject({ kind: 'present' });
    expect(await perform(action, bench.context(), input)).toMatchObject({ kind: 'succeeded' });
    expect(posts(bench, 'collectInvestigationPackage')).toBe(1);
  });

  test.each([
    ['Failed', 'target-failed'],
    ['TimeOut', 'target-timed-out'],
  ] as const)('that ends %s fails with %s, and a retry orders again', async (as, code) => {
    const bench = await start();
    const action = bench.action('edr.collect-package');
    bench.estate.addFault({
      path: '/mde/api/machines/*/collectInvestigationPackage',
      does: { kind: 'end-machine-action', as },
    });
    const advance = () => bench.estate.advance(200);
    expect(await performToTheEnd(action, bench.context(), input, advance)).toMatchObject({
      kind: 'failed',
      failure: { code, kind: 'terminal' },
    });
    expect(await performToTheEnd(action, bench.context(), input, advance)).toMatchObject({
      kind: 'succeeded',
    });
  });
});

describe('quarantining a file', () => {
  test('puts that file of that device away, once', async () => {
    const bench = await start();
    const action = bench.action('edr.quarantine-file');
    const input = { host_id: ws0117, sha1: seen.toUpperCase() };
    const outcome = await performToTheEnd(action, bench.context(), input, () => bench.estate.advance(200));
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: true, outputs: { state: 'quarantined' } });
    expect(bench.estate.host(ws0117).quarantinedFiles).toEqual([seen]);
    // the same effect asked for again, as after a crash between answer and journal
    expect(await perform(action, bench.context(), input)).toMatchObject({ kind: 'succeeded' });
    expect(posts(bench, 'StopAndQuarantineFile')).toBe(1);
  });

  test.each([
    ['the SHA-256 of the file', { fileIdentifier: 'c'.repeat(64), fileIdentifierType: 'Sha256' }],
    ['no file', null],
  ])('an order of ours that names %s is ours all the same', async (_what, relatedFileInfo) => {
    const desk = await openDesk(({ method }) =>
      method === 'GET'
        ? {
            status: 200,
            json: {
              value: [
                {
                  id: 'm1',
                  type: 'StopAndQuarantineFile',
                  status: 'Pending',
                  machineId: ws0117,
                  creationDateTimeUtc: '2026-11-20T10:00:00Z',
                  requestorComment: 'Case 1 [riposte k7q2m4n6p8r0s2t4v6w8x0y2z4a6b8c0]',
                  relatedFileInfo,
                },
              ],
            },
          }
        : undefined,
    );
    try {
      const action = desk.action('edr.quarantine-file');
      const input = { host_id: ws0117, sha1: seen };
      expect(await check(action, desk.context(), input)).toMatchObject({ kind: 'in-transition' });
      expect(await perform(action, desk.context(), input)).toMatchObject({ kind: 'accepted' });
      expect(desk.vendor.calls().filter((call) => call.startsWith('POST /mde'))).toEqual([]);
    } finally {
      await desk.close();
    }
  });

  test.each([
    ['a file that was not seen there', { host_id: ws0117, sha1: other }, 'invalid-request'],
    ['a Mac', { host_id: '752983b9775ee949c49485ef8786b91837ebf94c', sha1: seen }, 'unsupported-target'],
    ['a host nobody knows', { host_id: '0'.repeat(40), sha1: seen }, 'not-found'],
  ])('is refused for %s', async (_what, input, code) => {
    const bench = await start();
    expect(await perform(bench.action('edr.quarantine-file'), bench.context(), input)).toMatchObject({
      kind: 'failed',
      failure: { code },
    });
  });

  test.each(['a16e', 'g'.repeat(40), '../cancel'])('sends nothing for the hash "%s"', async (sha1) => {
    const bench = await start();
    const outcome = await perform(bench.action('edr.quarantine-file'), bench.context(), {
      host_id: ws0117,
      sha1,
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
    expect(bench.estate.callCount()).toBe(0);
  });
});
