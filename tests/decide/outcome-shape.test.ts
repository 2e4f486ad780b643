import { describe, expect, it } from 'vitest';
import { cleanOutcome } from '../../engine/runtime/clean-outcome.ts';
import type { Reported } from '../../engine/runtime/inbound.ts';

const failure = { code: 'throttled', kind: 'retryable', message: 'slow' };

describe('an answer of an action', () => {
  it.each([
    { of: 'action', outcome: { kind: 'succeeded', outputs: {} } },
    { of: 'action', outcome: { kind: 'accepted', handle: {}, pollAfterMs: 0 } },
    { of: 'action', outcome: { kind: 'failed', failure: { ...failure, retryAfterMs: 30_000 } } },
    { of: 'action', outcome: { kind: 'unknown', message: 'timed out' } },
    { of: 'check', outcome: { kind: 'absent' } },
    { of: 'check', outcome: { kind: 'in-transition', handle: {}, pollAfterMs: 10 } },
  ])('that keeps the contract is taken: $outcome.kind', (reported) => {
    expect(cleanOutcome(reported as Reported)).toEqual(reported);
  });

  it.each([
    { of: 'action', outcome: undefined },
    { of: 'action', outcome: { kind: 'fine' } },
    { of: 'action', outcome: { kind: 'present', outputs: {} } },
    { of: 'action', outcome: { kind: 'succeeded', outputs: null } },
    { of: 'action', outcome: { kind: 'failed', failure: null } },
    { of: 'action', outcome: { kind: 'failed', failure: { ...failure, retryAfterMs: Number.NaN } } },
    { of: 'action', outcome: { kind: 'accepted', handle: {}, pollAfterMs: Number.POSITIVE_INFINITY } },
    { of: 'check', outcome: { kind: 'in-transition', handle: {}, pollAfterMs: -1 } },
  ])('that breaks the contract says nothing about the target: $outcome', (reported) => {
    expect(() => cleanOutcome(reported as never)).toThrow(TypeError);
  });
});
