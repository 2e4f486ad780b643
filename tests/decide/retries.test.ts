import { describe, expect, it } from 'vitest';
import type { Failure } from '../../engine/core/contracts/action.ts';
import type { PlanRetry } from '../../engine/core/contracts/plan.ts';
import { actionKey, seededFraction } from '../../engine/core/run/action-key.ts';
import { nextAttempt } from '../../engine/core/run/next-attempt.ts';
import { actionStep, planOf, play } from './build-plan.ts';

/* Language reference 9.6 and 9.11. */

const retry: PlanRetry = {
  maxAttempts: 9,
  backoff: 'exponential',
  initialMs: 5_000,
  maxMs: 120_000,
  on: ['throttled', 'unavailable', 'timeout'],
};
const failure = (change: Partial<Failure> = {}): Failure => ({
  code: 'unavailable',
  kind: 'retryable',
  message: 'down',
  ...change,
});
/** The middle of the factor's range: exactly 1. */
const even = 0.5;

describe('the wait before attempt n', () => {
  it.each([
    [2, 5_000],
    [3, 10_000],
    [4, 20_000],
    [6, 80_000],
    [7, 120_000],
    [9, 120_000],
  ])('%i is min(max, initial × 2^(n-2)) = %i ms', (attempt, delayMs) => {
    expect(nextAttempt(retry, attempt - 1, failure(), even)).toEqual({ again: true, delayMs });
  });

  it.each([2, 5, 9])('%i is initial when the backoff is fixed', (attempt) => {
    const fixed: PlanRetry = { ...retry, backoff: 'fixed' };
    expect(nextAttempt(fixed, attempt - 1, failure(), even)).toEqual({ again: true, delayMs: 5_000 });
  });

  it.each([
    [0, 4_000],
    [0.25, 4_500],
    [0.75, 5_500],
    [0.999_999, 6_000],
  ])('is spread by a factor from 0.8 to 1.2: %d gives %i ms', (fraction, delayMs) => {
    expect(nextAttempt(retry, 1, failure(), fraction)).toEqual({ again: true, delayMs });
  });

  it('is what the target asks for where that is more, and not where it is less', () => {
    expect(nextAttempt(retry, 1, failure({ retryAfterMs: 30_000 }), even)).toMatchObject({ delayMs: 30_000 });
    expect(nextAttempt(retry, 1, failure({ retryAfterMs: 1_000 }), even)).toMatchObject({ delayMs: 5_000 });
  });

  it('is drawn once, from the seed of the run, and written into the journal', () => {
    const failed = () => {
      const run = play(planOf([actionStep('a')]));
      run.send({ type: 'run.started' });
      return run.send({ type: 'action.failed', ref: 'run/a', attempt: 1, failure: failure() });
    };
    const wait = Math.round(5_000 * (0.8 + 0.4 * seededFraction('00', 'run/a', '0', '1')));
    expect(failed().commands).toContainEqual(
      expect.objectContaining({ kind: 'set-deadline', deadline: 'delay', atMs: 1_000 + wait }),
    );
    expect(failed().entries).toContainEqual(
      expect.objectContaining({ type: 'action.failed', data: { again_in_ms: wait } }),
    );
    expect(failed().commands).toEqual(failed().commands);
  });
});

describe('there is no further attempt', () => {
  it.each<[string, PlanRetry, number, Failure]>([
    ['when max_attempts, the first one counted, are made', { ...retry, maxAttempts: 3 }, 3, failure()],
    ['when the only one allowed is made', { ...retry, maxAttempts: 1 }, 1, failure()],
    ['after a terminal failure, whatever its code', retry, 1, failure({ kind: 'terminal', code: 'timeout' })],
    ['after a code that `on` does not name', retry, 1, failure({ code: 'conflict' })],
    ['after a code that the author left out', { ...retry, on: ['throttled'] }, 1, failure()],
  ])('%s', (_, policy, attempts, last) => {
    expect(nextAttempt(policy, attempts, last, even)).toEqual({ again: false });
  });

  it('in its journal entry either', () => {
    const run = play(planOf([actionStep('a')]));
    run.send({ type: 'run.started' });
    const { entries } = run.send({
      type: 'action.failed',
      ref: 'run/a',
      attempt: 1,
      failure: failure({ kind: 'terminal' }),
    });
    expect(entries.find((entry) => entry.type === 'action.failed')?.data).toBeUndefined();
  });
});

describe('the action key', () => {
  it('has its reference value: base32 of SHA-256 over kind, run, path and generation, 32 characters', () => {
    // printf 'do\nrun_1\nrun/isolate\n0' | sha256sum | xxd -r -p | base32 | head -c 32 | tr A-Z a-z
    expect(actionKey('do', 'run_1', 'run/isolate', 0)).toBe('gmubzdparvfk5l2na7xsmbqdsoueaon2');
    expect(actionKey('undo', 'run_1', 'run/isolate', 0)).toBe('yu6mrhxk74x3x3iy74wpc3ruwv7mwhgm');
  });

  it('is another one for undo, for another run, step or generation', () => {
    const keys = [
      actionKey('do', 'run_1', 'run/isolate', 0),
      actionKey('undo', 'run_1', 'run/isolate', 0),
      actionKey('do', 'run_2', 'run/isolate', 0),
      actionKey('do', 'run_1', 'run/block', 0),
      actionKey('do', 'run_1', 'run/isolate', 1),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
