import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answered, responseTimes, type Span } from '../../engine/core/report/response.ts';

/* How long it took: halves and tenths of what there was, and each moment in one part only. */

const answered = (more: Partial<Answered> = {}): Answered => ({
  raisedMs: 0,
  begunMs: 10,
  endedMs: 100,
  asked: [],
  confirming: [],
  ...more,
});

describe('the parts of one case', () => {
  it('of a run that asks, does and waits for the effect', () => {
    const { parts, median } = responseTimes([answered({ asked: [[20, 50]], confirming: [[60, 100]] })]);
    expect(median).toBe(100);
    expect(parts).toEqual({ untilRun: 10, waiting: 30, doing: 20, confirming: 40 });
  });

  it('count a moment once: for the person, when somebody is asked while another effect is confirmed', () => {
    const asked: Span[] = [
      [20, 50],
      [30, 60],
    ];
    const { parts } = responseTimes([answered({ asked, confirming: [[40, 80]] })]);
    expect(parts).toEqual({ untilRun: 10, waiting: 40, doing: 30, confirming: 20 });
  });

  it('leave out what was asked after the last effect, or before the run', () => {
    const asked: Span[] = [
      [0, 5],
      [90, 500],
    ];
    expect(responseTimes([answered({ asked })]).parts).toMatchObject({ waiting: 10, doing: 80 });
  });

  it('never run backwards: a source whose clock is ahead took no time', () => {
    const { median, parts } = responseTimes([answered({ raisedMs: 1_000 })]);
    expect(median).toBe(90);
    expect(parts).toMatchObject({ untilRun: 0, doing: 90 });
  });

  it('add up to the whole, whatever overlaps', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }));
    const spans = fc.array(span, { maxLength: 6 });
    const times = fc.record({
      raisedMs: fc.integer({ min: 0, max: 200 }),
      begunMs: fc.integer({ min: 0, max: 200 }),
      endedMs: fc.integer({ min: 0, max: 200 }),
      asked: spans,
      confirming: spans,
    });
    fc.assert(
      fc.property(times, (each) => {
        const { median, parts } = responseTimes([each]);
        const all = Object.values(parts ?? {});
        expect(all.every((part) => part >= 0)).toBe(true);
        expect(all.reduce((sum, part) => sum + part, 0)).toBe(median);
      }),
    );
  });
});

describe('many cases', () => {
  const nights = Array.from({ length: 10 }, (_, n) => answered({ endedMs: 100 * (n + 1), begunMs: 0 }));

  it('are told by times that there were, in whatever order they come', () => {
    const told = responseTimes(nights.toReversed());
    expect(told).toMatchObject({ cases: 10, median: 500, ninth: 900 });
  });

  it('are not hidden by one night without anybody', () => {
    const told = responseTimes([...nights, answered({ endedMs: 1e9 })]);
    expect(told).toMatchObject({ cases: 11, median: 600, ninth: 1_000 });
  });

  it('that are none have no time', () => {
    expect(responseTimes([])).toEqual({ cases: 0, median: null, ninth: null, parts: null });
  });
});
