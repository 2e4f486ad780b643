import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { type BacktestInput, backtestPlaybook } from '../../engine/runtime/backtest-playbook.ts';
import { OneAtATime } from '../../engine/runtime/one-at-a-time.ts';
import { beyondText, countText, pageText } from '../../engine/runtime/store/queries/past-alerts.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { openMatching, waitingPlaybook } from '../match/open-matching.ts';

/* What a backtest costs others: rows, connections, time, turns of the process. */

const at = await openMatching();
const { app, owner } = at.database;
const registry = manifestsOf(createRegistry());

beforeAll(async () => {
  await at.publish(waitingPlaybook('tried', ''));
  await owner.query(
    `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, state, received_at)
     select 'default', 'alr_' || lpad(n::text, 8, '0'), 's', n::text, 'An alert', 'high', 'tried',
       json_build_object('id', 'alr_' || lpad(n::text, 8, '0'), 'source', 's', 'source_id', n::text, 'title', 'An alert',
         'severity', 'high', 'category', 'tried', 'targets', json_build_object('hosts', json_build_array(
           json_build_object('id', 'H' || n, 'name', 'h')))), 'matched',
       now() - make_interval(mins => n)
     from generate_series(1, 40000) as n`,
  );
  await owner.query('analyze alerts');
}, 60_000);

const run = (input: Partial<BacktestInput> = {}, sql: Sql = app, wallMs = 60_000) =>
  backtestPlaybook(
    { parts: at.engine.parts, sql, registry, wallMs },
    { playbookId: 'tried', since: null, until: null, limit: 100, candidate: null, ...input },
  );

/** Told of every page before it is read. */
const watched = (onPage: () => void): Sql => ({
  query: (text, values) => {
    if (text === pageText) onPage();
    return app.query(text, values);
  },
});

describe('a backtest', () => {
  it.each([
    ['the place before the newest', beyondText, ['2000-01-01', '2100-01-01', 100]],
    ['the count', countText, ['2000-01-01', '2100-01-01', 100]],
    ['a page', pageText, ['2000-01-01', '', '2100-01-01', false, 25]],
  ])('reads %s by index, and no more rows than it wants', async (_what, text, values) => {
    const given =
      text === pageText
        ? ['default', values[0], values[1], values[2], values[3], values[4]]
        : ['default', ...values];
    const { rows } = await app.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off, timing off) ${text}`,
      given,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan.*alerts_newest/);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
    const scanned = Number(/alerts_newest on alerts.*rows=(\d+)/.exec(plan)?.[1]);
    expect(scanned).toBeLessThanOrEqual(101);
  });

  it('says that there are more alerts than it counts, and plays the newest', async () => {
    const answer = await run({ since: '2000-01-01T00:00:00Z' });
    expect(answer).toMatchObject({
      ok: true,
      report: { read: 100, of: 40_000, ofMore: false, truncated: 'limit', inForce: { starts: 100 } },
    });
    expect(answer.ok && answer.report.matches[0]?.alert).toBe('alr_00000100');
    expect(answer.ok && answer.report.matches.length).toBe(50);
  });

  it('lets others go on meanwhile', async () => {
    let turns = 0;
    let going = true;
    const others = (async () => {
      while (going) {
        await setImmediate();
        turns += 1;
      }
    })();
    await run();
    going = false;
    await others;
    expect(turns).toBeGreaterThanOrEqual(200);
  });

  it('ends what takes minutes, and others are answered meanwhile', async () => {
    // Each expression stays within its budget, and there are nine thousand of them.
    const hosts = Array.from({ length: 300 }, (_, host) => ({ id: `H${host}`, name: 'h' }));
    await owner.query(
      `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, state, received_at)
       values ('default', 'alr_wide', 's', 'wide', 'An alert', 'high', 'tried', $1, 'matched', '2001-01-01T12:00:00Z')`,
      [
        JSON.stringify({
          id: 'alr_wide',
          source: 's',
          severity: 'high',
          category: 'tried',
          targets: { hosts },
        }),
      ],
    );
    const heavy = `alert.targets.hosts.all(one, alert.targets.hosts.all(other, one.id != "x"))`;
    const inputs = Array.from(
      { length: 30 },
      (_, place) => `  more_${place}: { type: string, from: { on_alert: '\${{ ${heavy} ? "a" : "b" }}' } }\n`,
    );
    const source = waitingPlaybook('tried', inputs.join(''));
    let turns = 0;
    let going = true;
    const others = (async () => {
      for (; going; turns += 1) await setImmediate();
    })();
    const window = { since: '2001-01-01T00:00:00Z', until: '2001-01-02T00:00:00Z' };
    const answer = await run({ ...window, candidate: { source, file: 'heavy.yaml' } }, app, 5_000);
    going = false;
    await others;
    expect(answer).toMatchObject({
      ok: false,
      code: 'request/invalid',
      detail: expect.stringContaining('in time'),
    });
    expect(turns).toBeGreaterThan(1_000);
  }, 30_000);

  it('stops when time is up, and answers what it has', async () => {
    expect(await run({}, app, 0)).toMatchObject({
      ok: true,
      report: { read: 0, truncated: 'time', inForce: { matched: 0 } },
    });
  });

  it('stops when nobody waits for the answer any more', async () => {
    const leaving = new AbortController();
    let pages = 0;
    const sql = watched(() => {
      pages += 1;
      if (pages === 2) leaving.abort();
    });
    const answer = await run({ gone: leaving.signal }, sql);
    expect(pages).toBe(2);
    expect(answer).toMatchObject({ ok: false, code: 'request/unavailable' });
  });

  it('ends when its process crashes, and nothing else does', async () => {
    const crash = () => {
      const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
      expect(children).toMatch(/^\d+$/);
      process.kill(Number(children), 'SIGSEGV');
    };
    let pages = 0;
    const sql = watched(() => {
      pages += 1;
      if (pages === 2) crash();
    });
    expect(await run({}, sql)).toMatchObject({ ok: false });
    expect(await run()).toMatchObject({ ok: true });
  });
});

it('is done for one at a time of each person, and for few at once', async () => {
  const turns = new OneAtATime(2);
  const ends: (() => void)[] = [];
  const work = () => new Promise<number>((resolve) => ends.push(() => resolve(1)));
  const [first, second] = [turns.run('a', work), turns.run('b', work)];
  expect(await turns.run('a', work)).toEqual({ is: 'theirs' });
  expect(await turns.run('c', work)).toEqual({ is: 'full' });
  for (const end of ends) end();
  expect(await Promise.all([first, second])).toEqual([
    { is: 'done', result: 1 },
    { is: 'done', result: 1 },
  ]);
  await expect(turns.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turns.run('a', async () => 2)).toEqual({ is: 'done', result: 2 });
});
