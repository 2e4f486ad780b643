import { describe, expect, it } from 'vitest';
import { startRuns } from '../../engine/runtime/start-runs.ts';
import { countAsked } from '../support/count-asked.ts';
import { openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/* Alerts that are matched together, of playbooks whose runs cover each other or wait for each other. */

const count = { asked: 0 };
const at = await openMatching(countAsked(count));
const nobody = { ...at.engine.admitter, admit: () => Promise.resolve() };

const crowded = (word: string, limit: number) => `dedupe:
  key: \${{ "host/" + inputs.host_id }}
  window: 4h
  on_duplicate: attach
concurrency:
  group: all
  limit: ${limit}
  on_conflict: ${word}
`;

async function accept(category: string, from: number, hosts: readonly string[]): Promise<void> {
  for (const [n, id] of hosts.entries())
    await at.accept(
      ownAlert(`${category}-${from + n}`, { category, targets: { hosts: [{ id, name: id }] } }),
    );
}

/** Matches all that waits in one transaction; whoever begins others later does not. */
async function matchAll(): Promise<number> {
  const before = count.asked;
  await startRuns(at.engine.parts, nobody, 100);
  return count.asked - before;
}

const hosts = (from: number, count: number) => Array.from({ length: count }, (_, n) => `H${from + n}`);

async function storyOf(category: string) {
  const { rows } = await at.database.app.query<{ line: string }>(
    `select outcome || coalesce(' ' || code, '') as line from decision_traces t join alerts a on a.id = t.event_id
     where a.category = $1 and t.playbook_id = $1 order by a.received_at, a.id, t.seq`,
    [category],
  );
  return rows.map(({ line }) => line);
}

const states = async (category: string) => (await at.runs(category)).map((run) => run.state);

describe('alerts that are matched together', () => {
  it('ask the database as often for three runs as for thirty', async () => {
    await at.publish(waitingPlaybook('cheap', crowded('queue', 1_000)));
    await accept('cheap', 0, hosts(0, 3));
    const few = await matchAll();
    await accept('cheap', 10, hosts(10, 30));
    expect(await matchAll()).toBe(few);
    expect(await states('cheap')).toEqual(Array(33).fill('waiting'));
    // Covered ones as well.
    await accept('cheap', 100, hosts(0, 3));
    const covered = await matchAll();
    await accept('cheap', 110, hosts(10, 30));
    expect(await matchAll()).toBe(covered);
    expect(await states('cheap')).toHaveLength(33);
  });

  it('cover each other: one run, the others are attached to it', async () => {
    await at.publish(waitingPlaybook('covering', crowded('queue', 1_000)));
    await accept('covering', 0, ['A', 'B', 'A', 'A']);
    await matchAll();
    expect(await storyOf('covering')).toEqual([
      'started',
      'started',
      'attached match/duplicate',
      'attached match/duplicate',
    ]);
    const { rows } = await at.database.app.query(
      `select r.alert_id = (select id from alerts where source_id = 'covering-0') as first, count(*)::int as n
       from run_alerts a join runs r on r.id = a.run_id where r.playbook_id = 'covering' group by 1`,
    );
    expect(rows).toEqual([{ first: true, n: 2 }]);
  });

  it('begin as long as their group has places, the rest when it has again', async () => {
    await at.publish(waitingPlaybook('queueing', crowded('queue', 2)));
    await accept('queueing', 0, hosts(0, 4));
    await matchAll();
    expect(await states('queueing')).toEqual(['waiting', 'waiting', 'queued', 'queued']);
    await accept('queueing', 4, hosts(4, 1));
    await matchAll();
    expect(await states('queueing')).toEqual(['waiting', 'waiting', 'queued', 'queued', 'queued']);
    const [first] = await at.runs('queueing');
    await at.setState(first?.id as never, 'failed');
    at.engine.admitter.freed(['queueing/all']);
    await expect.poll(() => states('queueing')).toEqual(['failed', 'waiting', 'waiting', 'queued', 'queued']);
  });

  it('do not take the place of one that is away and comes back', async () => {
    await at.publish(waitingPlaybook('returning', crowded('queue', 1)));
    await accept('returning', 0, hosts(0, 1));
    await matchAll();
    const place = (word: string) =>
      at.database.app.query(
        `update runs set place = $1, place_wanted_at = clock_timestamp() where playbook_id = 'returning' and state = 'waiting'`,
        [word],
      );
    await place('returning');
    await accept('returning', 1, hosts(1, 1));
    await matchAll();
    expect(await states('returning')).toEqual(['waiting', 'queued']);
    await place('away');
    await accept('returning', 2, hosts(2, 1));
    await matchAll();
    // Who was created first is ahead, though nobody has begun it yet.
    expect(await states('returning')).toEqual(['waiting', 'queued', 'queued']);
  });

  it('are refused when their group is full and its playbook says skip', async () => {
    await at.publish(waitingPlaybook('skipping', crowded('skip', 2)));
    await accept('skipping', 0, hosts(0, 4));
    await matchAll();
    expect(await storyOf('skipping')).toEqual([
      'started',
      'started',
      'skipped match/group-full',
      'skipped match/group-full',
    ]);
    expect(await states('skipping')).toEqual(['waiting', 'waiting']);
  });

  it('share the places of their group with those that another engine matches in the same moment', async () => {
    await at.publish(waitingPlaybook('racing', crowded('queue', 3)));
    await accept('racing', 0, hosts(0, 24));
    await Promise.all(Array.from({ length: 4 }, () => startRuns(at.engine.parts, nobody, 6)));
    const found = await states('racing');
    expect(found).toHaveLength(24);
    expect(found.filter((state) => state === 'waiting')).toHaveLength(3);
  });
});
