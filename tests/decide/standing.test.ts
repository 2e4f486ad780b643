import { describe, expect, it } from 'vitest';
import type { CheckOutcome } from '../../engine/core/contracts/action.ts';
import type { Look } from '../../engine/core/contracts/command.ts';
import { foundDigest } from '../../engine/core/undo/found-digest.ts';
import { inWords } from '../../engine/core/undo/in-words.ts';
import { judgeStanding, leftBehind } from '../../engine/core/undo/judge-standing.ts';

const marks = ['order'];
const left: Look = { for: 'left' };
const judge = (now: CheckOutcome, look: Look = left, ours = [{ order: 'o1', host: 'ws' }]) =>
  judgeStanding({ look, left: ours, marks }, now);

describe('what an action left', () => {
  it.each<[string, CheckOutcome]>([
    ['with the mark of our own order', { kind: 'present', outputs: { order: 'o1' } }],
    ['when the target does not tell the mark', { kind: 'present', outputs: {} }],
    ['whatever else reads differently', { kind: 'present', outputs: { order: 'o1', host: 'renamed' } }],
    [
      'while our order is still under way',
      { kind: 'in-transition', handle: { order: 'o1' }, pollAfterMs: 1 },
    ],
    [
      'while an order with our key is',
      { kind: 'in-transition', handle: { order: 'x', ours: true }, pollAfterMs: 1 },
    ],
  ])('stands %s', (_, now) => {
    expect(judge(now)).toEqual({ kind: 'stands', looked: 'as-left' });
  });

  it('stands when another of our own successes left it', () => {
    const now: CheckOutcome = { kind: 'present', outputs: { order: 'o2' } };
    expect(
      judge(now, left, [
        { order: 'o1', host: '' },
        { order: 'o2', host: '' },
      ]).kind,
    ).toBe('stands');
  });

  it.each<[string, CheckOutcome, object]>([
    [
      'by an order that is not ours',
      { kind: 'present', outputs: { order: 'o9', host: 'ws' } },
      { state: 'present', order: 'o9' },
    ],
    [
      'by one that is under way',
      { kind: 'in-transition', handle: { order: 'o9', polls: 3 }, pollAfterMs: 1 },
      { state: 'in-transition', order: 'o9' },
    ],
    ['when it is gone', { kind: 'absent' }, { state: 'absent' }],
    [
      'and says by what',
      { kind: 'absent', shows: { enabled: true, deep: { no: 1 } } },
      { state: 'absent', enabled: true },
    ],
    [
      'whatever a target calls its state',
      { kind: 'absent', shows: { state: 'present' } },
      { state: 'absent' },
    ],
  ])('has changed %s', (_, now, found) => {
    expect(judge(now)).toEqual({ kind: 'changed', expected: { state: 'present', order: 'o1' }, found });
  });

  it('is not guessed about', () => {
    expect(judge({ kind: 'unknown', message: 'no answer' })).toEqual({
      kind: 'unread',
      message: 'no answer',
    });
  });
});

describe('what somebody said yes to', () => {
  const found: Look = { for: 'found', found: { state: 'present', order: 'o9' } };

  it('is exactly what they saw, or our own state again', () => {
    expect(judge({ kind: 'present', outputs: { order: 'o9' } }, found)).toMatchObject({ looked: 'as-found' });
    expect(judge({ kind: 'present', outputs: { order: 'o1' } }, found)).toMatchObject({ looked: 'as-left' });
    expect(judge({ kind: 'present', outputs: { order: 'o10' } }, found).kind).toBe('changed');
    expect(judge({ kind: 'absent' }, found).kind).toBe('changed');
    expect(judge({ kind: 'unknown', message: '' }, found).kind).toBe('unread');
  });

  it('can be that it could not be read, and only then a silent target is sent to', () => {
    const unread: Look = { for: 'found', found: { state: 'cannot-tell' } };
    expect(judge({ kind: 'unknown', message: '' }, unread)).toMatchObject({ looked: 'cannot-tell' });
    expect(judge({ kind: 'absent' }, unread).kind).toBe('changed');
  });

  it('has a digest of its own for each state', () => {
    expect(foundDigest({ b: 1, a: 2 })).toBe(foundDigest({ a: 2, b: 1 }));
    expect(foundDigest({ a: 1 })).not.toBe(foundDigest({ a: '1' }));
  });
});

it('what is kept of a success is plain, short and without what the playbook keeps secret', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`n${index}`, index]));
  expect(Object.keys(leftBehind(many, []))).toHaveLength(16);
  expect(
    leftBehind({ id: 'x', secret: 's', list: [1], ratio: 0.5, long: 'x'.repeat(201), on: true, none: null }, [
      'secret',
    ]),
  ).toEqual({ id: 'x', on: true });
});

it('a state is told in words', () => {
  expect(inWords({ state: 'absent', enabled: true })).toBe('state absent, enabled true');
  expect(inWords({})).toBe('something unknown');
});
