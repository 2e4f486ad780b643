import { describe, expect, test } from 'vitest';
import { countEntry } from '../../engine/core/audit/count-entry.ts';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { draft } from './draft-entry.ts';

/* Which entries count, and under which words: of ours, and few. */

const counted = (said: Partial<EntryDraft> & Pick<EntryDraft, 'type'>) => {
  const given = { id: mintId('EntryId'), nowMs: 0, tenant: defaultTenant };
  return countEntry(encodeEntry(draft(said), given).entry);
};

describe('an entry counts', () => {
  test.each([
    ['alert.accepted', 'alerts', { result: 'accepted' }],
    ['alert.duplicate', 'alerts', { result: 'duplicate' }],
    ['alert.updated', 'alerts', { result: 'updated' }],
    ['alert.refused', 'alerts', { result: 'refused' }],
    ['approval.granted', 'approvals', { result: 'granted' }],
    ['approval.denied', 'approvals', { result: 'denied' }],
    ['approval.expired', 'approvals', { result: 'expired' }],
    ['approval.cancelled', 'approvals', { result: 'cancelled' }],
  ] as const)('%s', (type, figure, labels) => {
    expect(counted({ type })).toEqual({ figure, labels });
  });

  test('the end of a run by its outcome and mode, and of an undo by what became of it', () => {
    expect(counted({ type: 'run.finished', data: { state: 'timed-out', mode: 'ask' } })).toEqual({
      figure: 'runs',
      labels: { outcome: 'timed-out', mode: 'ask' },
    });
    expect(counted({ type: 'undo.settled', data: { outcome: 'left-as-found' } })).toEqual({
      figure: 'undos',
      labels: { result: 'left-as-found' },
    });
  });

  test('under no word that came from outside', () => {
    const data = { state: 'succeeded"} 1', mode: 'x'.repeat(9_000) };
    expect(counted({ type: 'run.finished', data })).toEqual({
      figure: 'runs',
      labels: { outcome: 'other', mode: 'other' },
    });
    expect(counted({ type: 'undo.settled' })).toEqual({ figure: 'undos', labels: { result: 'other' } });
  });
});

test('what tells of nothing new does not count: a vote, the end of a scope that halted, a run of a taken alert', () => {
  expect(counted({ type: 'approval.voted' })).toBeNull();
  expect(counted({ type: 'run.finished', code: 'run/halted' })).toBeNull();
  expect(counted({ type: 'alert.refused', code: 'match/not-storable' })).toBeNull();
});
