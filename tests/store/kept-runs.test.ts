import { describe, expect, it } from 'vitest';
import { emptyContext, type ScopeSnapshot } from '../../engine/core/run/context.ts';
import { encodeSnapshot } from '../../engine/core/run/stored-snapshot.ts';
import { createKeptRuns, type KeptRun } from '../../engine/runtime/keep-runs.ts';
import type { RunId } from '../../schemas/ids.ts';

const runOf = (runId: RunId) =>
  ({ runId, digest: `digest of ${runId}`, alertSha256: null, given: { alert: null } }) as unknown as KeptRun;
const [one, two, three] = ['run_1', 'run_2', 'run_3'] as RunId[] as [RunId, RunId, RunId];
const isKept = (kept: ReturnType<typeof createKeptRuns>) =>
  [one, two, three].map((run) => kept.get(run) !== undefined);

describe('runs under way', () => {
  it('are forgotten when there is too much of them, first what was not asked for longest', () => {
    const kept = createKeptRuns(10);
    kept.keep(runOf(one), 4);
    kept.keep(runOf(two), 4);
    kept.get(one);
    kept.keep(runOf(three), 4);
    expect(isKept(kept)).toEqual([true, false, true]);
  });

  it('drive nobody out when they are larger than everything that may be kept', () => {
    const kept = createKeptRuns(10);
    kept.keep(runOf(one), 10);
    kept.keep(runOf(two), 11);
    expect(isKept(kept)).toEqual([true, false, false]);
  });

  it('count once when they are kept twice', () => {
    const kept = createKeptRuns(10);
    for (let times = 0; times < 5; times++) kept.keep(runOf(one), 4);
    kept.keep(runOf(two), 6);
    expect(isKept(kept)).toEqual([true, true, false]);
  });
});

describe('what a scope was left in', () => {
  const snapshot: ScopeSnapshot = { value: 'here', context: emptyContext() };
  const text = encodeSnapshot(snapshot);
  const scope = { runId: one, path: 'run' };

  it('is not decoded again as long as the database says the same', () => {
    const kept = createKeptRuns();
    kept.keep(runOf(one), 4);
    kept.keepSnapshot(scope, text, snapshot);
    expect(kept.decode(scope, text)).toBe(snapshot);
    const other = encodeSnapshot({ ...snapshot, value: 'elsewhere' });
    expect(kept.decode(scope, other)).toEqual({ ...snapshot, value: 'elsewhere' });
    expect(kept.decode({ ...scope, path: 'run/loop[1]' }, text)).not.toBe(snapshot);
  });

  it('counts with its run, and only the last of each scope', () => {
    const kept = createKeptRuns(4 + 4 + text.length);
    kept.keep(runOf(one), 4);
    kept.keep(runOf(two), 4);
    for (let times = 0; times < 5; times++) kept.keepSnapshot({ ...scope, runId: two }, text, snapshot);
    expect(isKept(kept)).toEqual([true, true, false]);
    kept.keepSnapshot({ runId: two, path: 'run/loop[1]' }, text, snapshot);
    expect(isKept(kept)).toEqual([false, false, false]);
  });

  it('is not kept for a run that is not', () => {
    const kept = createKeptRuns();
    kept.keepSnapshot(scope, text, snapshot);
    expect(kept.decode(scope, text)).not.toBe(snapshot);
  });

  it('is forgotten when the scope has ended, and the run with its own', () => {
    const kept = createKeptRuns(4 + 4 + text.length);
    const item = { runId: two, path: 'run/loop[1]' };
    kept.keep(runOf(one), 4);
    kept.keep(runOf(two), 4);
    kept.keepSnapshot({ ...scope, runId: two }, text, snapshot);
    for (let times = 0; times < 5; times++) {
      kept.forget({ ...scope, runId: two });
      kept.keep(runOf(two), 4);
      kept.keepSnapshot(item, text, snapshot);
      kept.forget(item);
      expect(kept.decode(item, text)).not.toBe(snapshot);
      kept.keepSnapshot({ ...scope, runId: two }, text, snapshot);
    }
    expect(isKept(kept)).toEqual([true, true, false]);
    kept.forget({ ...scope, runId: two });
    kept.keep(runOf(three), 4 + text.length);
    expect(isKept(kept)).toEqual([true, false, true]);
  });

  it('count an alert that several of them were given once, as long as one of them is kept', () => {
    const alertSha256 = 'ab';
    const given = (runId: RunId) =>
      ({ ...runOf(runId), alertSha256, given: { alert: { id: 'A' } } }) as unknown as KeptRun;
    const kept = createKeptRuns(16);
    kept.keep(given(one), 2, 10);
    kept.keep(given(two), 2, 10);
    expect(kept.get(one)?.given.alert).toBe(kept.get(two)?.given.alert);
    expect(kept.alertOf(alertSha256)).toMatchObject({ alert: { id: 'A' }, chars: 10 });
    kept.keep(runOf(three), 4);
    expect(isKept(kept)).toEqual([false, true, true]);
    kept.forget({ ...scope, runId: two });
    expect(kept.alertOf(alertSha256)).toBeUndefined();
    kept.keep(runOf(one), 12);
    expect(isKept(kept)).toEqual([true, false, true]);
  });
});
