import { describe, expect, it } from 'vitest';
import { emptyContext, emptyStep, type Snapshot } from '../../engine/core/run/context.ts';
import { decodeSnapshot, encodeSnapshot } from '../../engine/core/run/stored-snapshot.ts';

/* Every decision of the other tests in this folder is made about a snapshot that was written and read as well. */

function snapshotOf(step: Partial<typeof emptyStep>): Snapshot {
  return { value: 'run', context: { ...emptyContext(), steps: { one: { ...emptyStep, ...step } } } };
}

describe('a stored snapshot', () => {
  it('leaves out what a step has in common with one that has not begun', () => {
    const text = encodeSnapshot(snapshotOf({ status: 'active', attempts: 2, outputs: {} }));
    expect(JSON.parse(text).context.steps).toEqual({ one: { status: 'active', attempts: 2 } });
  });

  it.each([
    [{}],
    [{ outputs: { host: '' }, edits: { a: null }, handle: {}, frozen: [], branches: {} }],
    [{ phase: 'held' as const, go: 'end', overdue: true, startedAtMs: 0, voided: 0, tasks: 1 }],
  ])('is read as it was: %j', (step) => {
    const snapshot = snapshotOf(step);
    expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot);
  });

  it('leaves the counters of a loop as they are', () => {
    const loop = { next: 3, ended: 2 } as never;
    expect(decodeSnapshot(encodeSnapshot(loop))).toEqual(loop);
  });
});
