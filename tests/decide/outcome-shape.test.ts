import { describe, expect, it } from 'vitest';
import { cleanOutcome, nameArtifact } from '../../engine/runtime/clean-outcome.ts';
import type { Reported } from '../../engine/runtime/inbound.ts';

const failure = { code: 'throttled', kind: 'retryable', message: 'slow' };

describe('an answer that is larger than a step keeps', () => {
  const outputs = { messages: ['x'.repeat(256 * 1024)] };
  const succeeded: Reported = { of: 'action', outcome: { kind: 'succeeded', outputs, changed: false } };

  it('fails a read: half an answer is none, and an empty one would look like nothing found', () => {
    expect(cleanOutcome(succeeded, 'read').reported).toEqual({
      of: 'action',
      outcome: {
        kind: 'failed',
        failure: {
          code: 'run/output-too-large',
          kind: 'terminal',
          message: 'the answer has 262161 bytes; at most 262144 are kept',
        },
      },
    });
  });

  it.each(['notify', 'restore', 'contain', 'eradicate'] as const)(
    'leaves an effect of the class %s what it is, and says that its answer was left out',
    (actionClass) => {
      const left = { omitted: 'the answer has 262161 bytes; at most 262144 are kept' };
      expect(cleanOutcome(succeeded, actionClass).reported).toEqual({
        of: 'action',
        outcome: { kind: 'succeeded', outputs: left, changed: false },
      });
      const present: Reported = { of: 'check', outcome: { kind: 'present', outputs } };
      expect(cleanOutcome(present, actionClass).reported).toEqual({
        of: 'check',
        outcome: { kind: 'present', outputs: left },
      });
    },
  );

  it('is measured as it is kept, and may have exactly that size', () => {
    const fits = { text: `\u0000${'x'.repeat(256 * 1024 - 14)}` };
    const kept = cleanOutcome({ of: 'action', outcome: { kind: 'succeeded', outputs: fits } }, 'read');
    expect(kept).toMatchObject({ reported: { outcome: { kind: 'succeeded' } }, excess: null });
  });

  it('is handed on whole, to be kept apart, and what is reported says where', () => {
    const apart = { id: 'art_1', sha256: 'sha256:00' };
    const { reported, excess } = cleanOutcome(succeeded, 'contain');
    expect(JSON.parse(excess ?? '')).toEqual(outputs);
    expect(nameArtifact(reported, apart)).toMatchObject({
      outcome: { kind: 'succeeded', outputs: { artifact: 'art_1', sha256: 'sha256:00' }, changed: false },
    });
    const read = cleanOutcome(succeeded, 'read');
    expect(read.excess).toBe(excess);
    expect(nameArtifact(read.reported, apart)).toMatchObject({
      outcome: {
        kind: 'failed',
        failure: { message: expect.stringMatching(/kept; all of it is art_1 \(sha256:00\)$/) },
      },
    });
    const present = cleanOutcome({ of: 'check', outcome: { kind: 'present', outputs } }, 'contain');
    expect(nameArtifact(present.reported, apart)).toMatchObject({
      of: 'check',
      outcome: { kind: 'present', outputs: { artifact: 'art_1' } },
    });
  });
});

describe('an answer of an action', () => {
  it.each([
    { of: 'action', outcome: { kind: 'succeeded', outputs: {} } },
    { of: 'action', outcome: { kind: 'accepted', handle: {}, pollAfterMs: 0 } },
    { of: 'action', outcome: { kind: 'failed', failure: { ...failure, retryAfterMs: 30_000 } } },
    { of: 'action', outcome: { kind: 'unknown', message: 'timed out' } },
    { of: 'check', outcome: { kind: 'absent' } },
    { of: 'check', outcome: { kind: 'in-transition', handle: {}, pollAfterMs: 10 } },
  ])('that keeps the contract is taken: $outcome.kind', (reported) => {
    expect(cleanOutcome(reported as Reported).reported).toEqual(reported);
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
