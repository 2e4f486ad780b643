import { describe, expect, test } from 'vitest';
import { judgeCall } from '../../engine/core/connection/judge-call.ts';
import { isUnhealthy, judgeHealth } from '../../engine/core/connection/judge-health.ts';
import type { ActionOutcome } from '../../engine/core/contracts/action.ts';
import { sayOwn, tellNoted, testDue } from '../../engine/runtime/connections/keep-connections.ts';
import { createCallNotes } from '../../engine/runtime/connections/note-calls.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { openKeeping } from './open-keeping.ts';

const keeping = await openKeeping();
await sayOwn(keeping.worker());

const worked: ActionOutcome = { kind: 'succeeded', outputs: {} };
const failed = (code: string): ActionOutcome => ({
  kind: 'failed',
  failure: { code, kind: 'terminal', message: 'a text of the target' },
});

describe('what a call says of its connection', () => {
  test.each<[string, ActionOutcome, string | null]>([
    ['went well', worked, 'answered'],
    ['was accepted', { kind: 'accepted', handle: {}, pollAfterMs: 1 }, 'answered'],
    ['found nothing', failed('not-found'), 'answered'],
    ['was refused by the target itself', failed('conflict'), 'answered'],
    ['was not let in', failed('unauthorized'), 'unauthorized'],
    ['lacks a right', failed('forbidden'), 'forbidden'],
    ['came too often', failed('throttled'), 'throttled'],
    ['was not answered', { kind: 'unknown', message: 'gone' }, 'no-answer'],
    ['was called off', failed('cancelled'), null],
    [
      'ended later, at the target',
      { kind: 'failed', failure: { code: 'timeout', kind: 'terminal', message: '', ended: true } },
      'answered',
    ],
  ])('that %s', (_, outcome, word) => {
    const said = judgeCall(outcome);
    expect(said === null ? null : said.kind === 'answered' ? 'answered' : said.code).toBe(word);
  });
});

describe('health', () => {
  const known = {
    seenAtMs: 1_000_000,
    answeredAtMs: null,
    failedAtMs: null,
    failureCode: null,
    failedInARow: 0,
    testedAtMs: 900_000,
    testState: 'works',
  } as const;

  test.each<[string, Partial<Parameters<typeof judgeHealth>[0]>, string]>([
    ['a test that went well', {}, 'works'],
    ['a test that failed', { testState: 'failing' }, 'failing'],
    [
      'a call that went well after it, with an old token',
      { testState: 'failing', answeredAtMs: 950_000 },
      'failing',
    ],
    [
      'a refused sign-in after a good test',
      { failedAtMs: 950_000, failureCode: 'unauthorized', failedInARow: 1 },
      'failing',
    ],
    ['one time-out', { failedAtMs: 950_000, failureCode: 'timeout', failedInARow: 1 }, 'works'],
    ['three in a row', { failedAtMs: 950_000, failureCode: 'timeout', failedInARow: 3 }, 'failing'],
    [
      'three in a row and an answer',
      { failedAtMs: 950_000, failureCode: 'timeout', failedInARow: 3, answeredAtMs: 960_000 },
      'works',
    ],
    [
      'a refused sign-in before a good test',
      { failedAtMs: 850_000, failureCode: 'unauthorized', failedInARow: 1 },
      'works',
    ],
    ['a missing right', { failedAtMs: 950_000, failureCode: 'forbidden', failedInARow: 9 }, 'works'],
    ['no way to ask, and calls that are answered', { testState: 'unknown', answeredAtMs: 950_000 }, 'works'],
    ['nothing', { testState: null, testedAtMs: null }, 'unknown'],
    ['no worker', { seenAtMs: 600_000, testState: 'failing' }, 'unattended'],
  ])('of %s', (_, more, health) => {
    expect(judgeHealth({ ...known, ...more }, 1_000_000)).toBe(health);
  });

  test('is a matter for people when it fails or nobody has it', () => {
    const all = ['failing', 'unattended', 'limited', 'works', 'unknown'] as const;
    expect(all.filter(isUnhealthy)).toEqual(['failing', 'unattended']);
  });
});

describe('what calls met is told from time to time', () => {
  test('a thousand calls are one statement, and none where there were none', async () => {
    let statements = 0;
    const counting: Database = {
      ...keeping.db.app,
      query: (text, values) => {
        statements += 1;
        return keeping.db.app.query(text, values);
      },
    };
    const worker = keeping.worker({ database: counting });
    for (let n = 0; n < 1000; n++)
      worker.calls.note('edr', 'lab', { of: 'action', outcome: n % 2 === 0 ? worked : failed('timeout') });
    expect(statements).toBe(0);
    await tellNoted(worker);
    await tellNoted(worker);
    expect(statements).toBe(1);
    const { answeredAt, failedAt, failureCode, failedInARow } = await keeping.one('edr.lab');
    expect([failureCode, failedInARow]).toEqual(['timeout', 1]);
    expect(answeredAt).not.toBeNull();
    expect(failedAt).not.toBeNull();
    expect(JSON.stringify(await keeping.one('edr.lab'))).not.toContain('a text of the target');
  });

  test('of two workers the newer word stays, whichever is told first, and rows of failures add up', async () => {
    let now = 0;
    const early = createCallNotes(() => now);
    const late = createCallNotes(() => now);
    const note = (notes: typeof early, code: string) =>
      notes.note('directory', 'lab', { of: 'action', outcome: failed(code) });
    note(early, 'unavailable');
    now = 2_000;
    note(late, 'throttled');
    note(late, 'throttled');
    now = 3_000;
    await tellNoted(keeping.worker({ calls: late }));
    await tellNoted(keeping.worker({ calls: early }));
    expect(await keeping.one('directory.lab')).toMatchObject({
      failureCode: 'throttled',
      failedInARow: 3,
      health: 'failing',
    });
    early.note('directory', 'lab', { of: 'check', outcome: { kind: 'absent' } });
    await tellNoted(keeping.worker({ calls: early }));
    expect(await keeping.one('directory.lab')).toMatchObject({ failedInARow: 0, health: 'works' });
  });

  test('a refused sign-in brings the next test forward, but not again and again', async () => {
    const dueIn = async () => {
      const { rows } = await keeping.db.owner.query<{ due: boolean }>(
        "select test_due_at <= clock_timestamp() as due from connections where system = 'edr'",
      );
      return rows[0]?.due;
    };
    const worker = keeping.worker();
    const refused = async () => {
      worker.calls.note('edr', 'lab', { of: 'action', outcome: failed('unauthorized') });
      await tellNoted(worker);
    };
    await keeping.db.owner.query("update connections set test_due_at = now() + interval '1 hour'");
    worker.calls.note('edr', 'lab', { of: 'action', outcome: failed('forbidden') });
    await tellNoted(worker);
    expect(await dueIn()).toBe(false);
    await refused();
    expect(await dueIn()).toBe(true);
    expect(await testDue(worker)).toBe(1);
    await refused();
    expect(await dueIn()).toBe(false);
    expect((await keeping.one('edr.lab')).health).toBe('failing');
  });

  test('what could not be told is told with what comes next', async () => {
    const worker = keeping.worker();
    worker.calls.note('chat', 'lab', { of: 'action', outcome: failed('unavailable') });
    const away: Database = { ...keeping.db.app, query: () => Promise.reject(new Error('away')) };
    await expect(tellNoted({ ...worker, database: away })).rejects.toThrow('away');
    worker.calls.note('chat', 'lab', { of: 'action', outcome: failed('timeout') });
    await tellNoted(worker);
    expect(await keeping.one('chat.lab')).toMatchObject({ failureCode: 'timeout', failedInARow: 2 });
  });

  test('of a connection that the table does not have it is dropped, and the others are told', async () => {
    const worker = keeping.worker();
    worker.calls.note('gone', 'lab', { of: 'action', outcome: worked });
    worker.calls.note('chat', 'lab', { of: 'action', outcome: worked });
    await tellNoted(worker);
    expect(await keeping.one('chat.lab')).toMatchObject({ health: 'works', failedInARow: 0 });
  });
});
