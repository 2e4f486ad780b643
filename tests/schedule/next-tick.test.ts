import { describe, expect, it, vi } from 'vitest';
import { parseCron } from '../../engine/core/schedule/cron.ts';
import { lastTick, nextTick } from '../../engine/core/schedule/next-tick.ts';
import { isTimeZone } from '../../engine/core/schedule/zone.ts';

function cronOf(text: string) {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.cron;
}

/** The next ticks after an instant, as UTC to the minute. */
function ticks(text: string, zone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(after);
  while (found.length < count) {
    const next = nextTick(cronOf(text), zone, at);
    if (next === null) break;
    found.push(`${new Date(next).toISOString().slice(0, 16)}Z`);
    at = next;
  }
  return found;
}

describe('when a schedule is due', () => {
  it.each([
    ['15 3 * * *', 'Europe/Berlin', '2026-11-20T00:00:00Z', ['2026-11-20T02:15Z', '2026-11-21T02:15Z']],
    ['*/20 9 * * mon-fri', 'UTC', '2026-11-20T09:20:00Z', ['2026-11-20T09:40Z', '2026-11-23T09:00Z']],
    ['0 0 1,15 * *', 'UTC', '2026-11-20T00:00:00Z', ['2026-12-01T00:00Z', '2026-12-15T00:00Z']],
    [
      '0 12 13 * fri',
      'UTC',
      '2026-11-20T00:00:00Z',
      [
        '2026-11-20T12:00Z',
        '2026-11-27T12:00Z',
        '2026-12-04T12:00Z',
        '2026-12-11T12:00Z',
        '2026-12-13T12:00Z',
      ],
    ],
    ['0 0 29 feb *', 'UTC', '2096-03-01T00:00:00Z', ['2104-02-29T00:00Z']],
    ['0 8 * * 7', 'Asia/Kathmandu', '2026-11-20T00:00:00Z', ['2026-11-22T02:15Z']],
  ])('%s in %s after %s', (text, zone, after, expected) => {
    expect(ticks(text, zone, after, expected.length)).toEqual(expected);
  });

  it('is strictly after the given instant', () => {
    expect(ticks('15 3 * * *', 'UTC', '2026-11-20T03:15:00Z', 1)).toEqual(['2026-11-21T03:15Z']);
    expect(ticks('15 3 * * *', 'UTC', '2026-11-20T03:14:59.999Z', 1)).toEqual(['2026-11-20T03:15Z']);
  });

  it('is never for a day that does not exist', () => {
    expect(nextTick(cronOf('0 0 31 2 *'), 'UTC', 0)).toBeNull();
  });
});

describe('when the clocks are put forward', () => {
  it('a time that does not exist is due an hour later, once', () => {
    expect(ticks('15 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:15Z',
      '2026-03-30T00:15Z',
    ]);
    expect(ticks('15 2 * * *', 'Europe/Berlin', '2026-03-29T01:10:00Z', 1)).toEqual(['2026-03-29T01:15Z']);
  });

  it('a jump of half an hour moves it by half an hour', () => {
    expect(ticks('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 1)).toEqual([
      '2026-10-03T15:45Z',
    ]);
  });

  it('a jump at midnight leaves the day its tick', () => {
    expect(ticks('30 0 * * *', 'America/Santiago', '2026-09-05T12:00:00Z', 2)).toEqual([
      '2026-09-06T04:30Z',
      '2026-09-07T03:30Z',
    ]);
  });

  it('a rhythm leaves out what the clocks left out', () => {
    expect(ticks('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z', 3)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
    ]);
    expect(ticks('0 */2 * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 2)).toEqual([
      '2026-03-29T02:00Z',
      '2026-03-29T04:00Z',
    ]);
  });
});

describe('when the clocks are put back', () => {
  it('a time that comes twice is due the first time only, wherever one starts to look', () => {
    expect(ticks('15 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:15Z',
      '2026-10-26T01:15Z',
    ]);
    expect(ticks('15 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:15Z']);
  });

  it('a rhythm is due in both of the hours', () => {
    expect(ticks('30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 3)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:30Z',
    ]);
  });
});

describe('the last tick of a stretch of time', () => {
  const at = (text: string) => Date.parse(text);

  it('is the newest one that is due, and none when nothing was', () => {
    const cron = cronOf('*/10 * * * *');
    expect(lastTick(cron, 'UTC', at('2026-11-20T10:00:00Z'), at('2026-11-20T10:25:00Z'))).toBe(
      at('2026-11-20T10:20:00Z'),
    );
    expect(lastTick(cron, 'UTC', at('2026-11-20T10:20:00Z'), at('2026-11-20T10:25:00Z'))).toBeNull();
  });

  it('reaches no further back than a day', () => {
    const cron = cronOf('15 3 * * *');
    const [after, tick] = [at('2026-11-01T00:00:00Z'), at('2026-11-20T03:15:00Z')];
    expect(lastTick(cron, 'UTC', after, at('2026-11-21T03:14:59Z'))).toBe(tick);
    expect(lastTick(cronOf('15 3 * * fri'), 'UTC', after, at('2026-11-21T03:15:00Z'))).toBeNull();
  });

  it('is found without asking for the zone again at every minute before it', () => {
    const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
    try {
      const until = at('2026-10-25T12:00:30Z');
      expect(lastTick(cronOf('* * * * *'), 'Europe/Berlin', at('2026-10-01T00:00:00Z'), until)).toBe(
        at('2026-10-25T12:00:00Z'),
      );
      expect(asked.mock.calls.length).toBeLessThan(30_000);
    } finally {
      asked.mockRestore();
    }
  });

  it('is that of the day before where the clocks were put back over midnight', () => {
    const cron = cronOf('50 23 * * *');
    // Until 2011 the clocks of Newfoundland showed 00:01, and then 23:01 of the day before.
    const until = at('2010-11-07T03:00:00Z');
    expect(lastTick(cron, 'America/St_Johns', at('2010-11-06T12:00:00Z'), until)).toBe(
      at('2010-11-07T02:20:00Z'),
    );
  });
});

describe('what is written', () => {
  it.each([
    ['15 3 * *', /five fields/],
    ['0 15 3 * * *', /five fields/],
    ['60 * * * *', /minute: it runs from 0 to 59/],
    ['0 24 * * *', /hour: it runs from 0 to 23/],
    ['0 0 0 * *', /day of month/],
    ['0 0 * 13 *', /month/],
    ['0 0 * * 8', /day of week/],
    ['0 5-3 * * *', /hour/],
    ['*/0 * * * *', /minute/],
    ['0 0 L * *', /day of month/],
    ['a b c d e', /minute/],
    ['1,,2 * * * *', /minute/],
    ['@daily', /five fields/],
  ])('%s is refused', (text, message) => {
    const parsed = parseCron(text);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  });

  it('zones are those of IANA', () => {
    expect(isTimeZone('Europe/Berlin')).toBe(true);
    expect(isTimeZone('Berlin')).toBe(false);
  });
});
