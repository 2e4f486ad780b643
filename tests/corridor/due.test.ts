import { describe, expect, it } from 'vitest';
import { alarmAfter, type Due, passedBy, withDue, withoutDue } from '../../engine/runtime/due.ts';

const poll: Due = { ref: 'run/isolate', kind: 'poll', seq: 1, atMs: 5_000 };
const limit: Due = { ref: 'run/isolate', kind: 'deadline', seq: 0, atMs: 60_000 };
const timeout: Due = { ref: 'run', kind: 'run-timeout', seq: 0, atMs: 600_000 };
const expiry: Due = { ref: 'run/ask', kind: 'expiry', seq: 1, atMs: 1_000 };

describe('what is due for a scope', () => {
  it('is set once: setting it again moves it', () => {
    expect(withDue([poll, limit], { ...poll, atMs: 9_000 })).toEqual([limit, { ...poll, atMs: 9_000 }]);
    expect(withDue([poll], { ...poll, seq: 2 })).toEqual([poll, { ...poll, seq: 2 }]);
  });

  it('is cleared by step and kind, and says whether there may be rows', () => {
    expect(withoutDue([poll, limit, timeout], 'run/isolate', ['poll', 'deadline', 'recheck'])).toEqual({
      rest: [timeout],
      rows: [],
    });
    // A call that moved, or a reminder after an extension, has a row that nobody here has seen.
    expect(withoutDue([expiry], 'run/ask', ['expiry', 'escalation', 'reminder', 'deadline'])).toEqual({
      rest: [],
      rows: ['expiry', 'escalation', 'reminder'],
    });
    expect(withoutDue([expiry], 'run/other', ['expiry']).rows).toEqual([]);
  });

  it('passes in order, and never what stands in a row: that one is won by deleting it', () => {
    expect(passedBy([timeout, limit, poll, expiry], 60_000)).toEqual({
      passed: [poll, limit],
      rest: [timeout, expiry],
    });
  });
});

describe('the alarm of a scope', () => {
  it('is there from the first deadline on, and none for what stands in rows', () => {
    expect(alarmAfter(null, [timeout, poll], 0)).toBe(5_000);
    expect(alarmAfter(null, [expiry], 0)).toBeNull();
  });

  it('is never later than what is due', () => {
    expect(alarmAfter(60_000, [limit, poll], 0)).toBe(5_000);
  });

  it('stays as it is when what it was for is cleared', () => {
    expect(alarmAfter(5_000, [limit], 0)).toBe(5_000);
    expect(alarmAfter(5_000, [], 0)).toBe(5_000);
  });

  it('moves on once it has rung', () => {
    expect(alarmAfter(5_000, [limit], 5_000)).toBe(60_000);
    expect(alarmAfter(5_000, [], 5_000)).toBeNull();
  });
});
