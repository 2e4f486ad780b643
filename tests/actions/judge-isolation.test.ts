import { describe, expect, test } from 'vitest';
import { holdsNow, judgeIsolation } from '../../actions/edr/client/judge-isolation.ts';
import type { MachineAction } from '../../actions/edr/client/machine-action.ts';

let serial = 0;

/** Minute and status are what decides; everything else is filling. */
function action(
  type: 'Isolate' | 'Unisolate',
  status: string,
  minute: number,
  scope = 'Full',
): MachineAction {
  serial += 1;
  return {
    id: `action-${serial}`,
    type,
    status,
    scope: type === 'Isolate' ? scope : null,
    machineId: '0f1e2d3c4b5a69788796a5b4c3d2e1f001122334',
    hostName: null,
    comment: '',
    cancellation: '',
    fileHash: null,
    createdAt: `2026-11-20T10:${String(minute).padStart(2, '0')}:00.0000000Z`,
  };
}

const isolated = { state: 'isolated', scope: 'full' } as const;
const released = { state: 'released' } as const;

describe('wanting isolation', () => {
  test('posts when nothing is known', () => {
    expect(judgeIsolation([], isolated)).toEqual({ kind: 'post' });
  });

  test('posts when the newest success is a release, in whatever order the list comes', () => {
    const list = [
      action('Unisolate', 'Succeeded', 9),
      action('Isolate', 'Succeeded', 3),
      action('Isolate', 'Failed', 11),
    ];
    expect(judgeIsolation(list, isolated).kind).toBe('post');
    expect(judgeIsolation(list.toReversed(), isolated).kind).toBe('post');
  });

  test('adopts a pending isolation instead of posting a second', () => {
    const pending = action('Isolate', 'Pending', 5);
    expect(judgeIsolation([action('Unisolate', 'Succeeded', 1), pending], isolated)).toEqual({
      kind: 'adopt',
      action: pending,
    });
  });

  test('treats a status it does not know as still under way', () => {
    expect(judgeIsolation([action('Isolate', 'unknownFutureValue', 5)], isolated).kind).toBe('adopt');
  });

  test('clears a pending release first, also when an isolation is pending too', () => {
    const release = action('Unisolate', 'InProgress', 4);
    const list = [action('Isolate', 'Pending', 5), release];
    expect(judgeIsolation(list, isolated)).toEqual({ kind: 'clear', opposing: [release] });
  });

  test('changes nothing when the newest success is an isolation', () => {
    const success = action('Isolate', 'Succeeded', 8);
    const list = [action('Unisolate', 'Succeeded', 7), success, action('Unisolate', 'Cancelled', 9)];
    expect(judgeIsolation(list, isolated)).toEqual({ kind: 'no-change', action: success });
  });

  test('does not take a selective isolation for a full one, but a full one for a selective one', () => {
    expect(judgeIsolation([action('Isolate', 'Succeeded', 8, 'Selective')], isolated).kind).toBe('post');
    const full = [action('Isolate', 'Succeeded', 8, 'Full')];
    expect(judgeIsolation(full, { state: 'isolated', scope: 'selective' }).kind).toBe('no-change');
  });
});

describe('wanting release', () => {
  test('clears every isolation that is not final, before anything else', () => {
    const stuck = action('Isolate', 'Pending', 2);
    const running = action('Isolate', 'InProgress', 6);
    const list = [stuck, action('Isolate', 'Succeeded', 3), action('Unisolate', 'Pending', 7), running];
    expect(judgeIsolation(list, released)).toEqual({ kind: 'clear', opposing: [running, stuck] });
  });

  test('posts when no success is recorded: no record is no proof', () => {
    expect(judgeIsolation([action('Isolate', 'Cancelled', 2)], released).kind).toBe('post');
  });

  test('changes nothing when the newest success is a release', () => {
    expect(
      judgeIsolation([action('Isolate', 'Succeeded', 3), action('Unisolate', 'Succeeded', 4)], released).kind,
    ).toBe('no-change');
  });
});

test('a state with the opposite pending behind it does not hold', () => {
  const success = action('Unisolate', 'Succeeded', 8);
  expect(holdsNow([success], released)).toBe(success);
  expect(holdsNow([success, action('Isolate', 'Pending', 3)], released)).toBeNull();
});

test('moments of one millisecond are told apart by all their digits', () => {
  const earlier = { ...action('Isolate', 'Succeeded', 1), createdAt: '2026-11-20T10:01:00.0000001Z' };
  const later = { ...action('Unisolate', 'Succeeded', 1), createdAt: '2026-11-20T10:01:00.0000009Z' };
  expect(holdsNow([earlier, later], released)).toBe(later);
  expect(holdsNow([later, earlier], isolated)).toBeNull();
});
