import { describe, expect, it } from 'vitest';
import { startScheduled } from '../../engine/runtime/keep-schedules.ts';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { actor, openMatching } from '../match/open-matching.ts';

const at = await openMatching();

const scheduled = (id: string, more = '') => `kind: playbook/v1
id: ${id}
title: Look every night
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: enforce
falsepositives: [None]
triggers:
  - id: nightly
    type: schedule
    cron: "15 3 * * *"
    timezone: Europe/Berlin
${more}steps:
  - id: look
    approval: { ask: Go on?, approvers: [group:soc] }
`;

/** As if the playbook had been published then. */
async function listensSince(id: string, moment: string): Promise<void> {
  await at.database.owner.query('update playbooks set listens_since = $2 where id = $1', [id, moment]);
}

async function ticks(id: string) {
  const text = `select due_at as due, outcome, code, run_id as run from schedule_ticks
    where playbook_id = $1 order by due_at`;
  const { rows } = await at.database.app.query<{
    due: Date;
    outcome: string;
    code: string | null;
    run: string;
  }>(text, [id]);
  return rows.map((row) => ({ ...row, due: row.due.toISOString() }));
}

const look = (moment: string) => startScheduled(at.engine.parts, at.engine.admitter, Date.parse(moment));

describe('a schedule', () => {
  it('starts one run per tick with two engines, on the clocks of its zone', async () => {
    await at.publish(scheduled('night'));
    await listensSince('night', '2030-01-10T00:00:00Z');
    expect(await look('2030-01-10T02:14:59Z')).toBe(0);
    const both = await Promise.all([look('2030-01-10T02:15:00Z'), look('2030-01-10T02:15:01Z')]);
    expect(both.sort()).toEqual([0, 1]);
    const [run] = await at.runs('night');
    expect(await at.runs('night')).toHaveLength(1);
    expect(await ticks('night')).toEqual([
      { due: '2030-01-10T02:15:00.000Z', outcome: 'started', code: null, run: run?.id },
    ]);
    expect(await look('2030-01-10T23:00:00Z')).toBe(0);
    expect(await look('2030-01-11T02:20:00Z')).toBe(1);
    expect(await at.runs('night')).toHaveLength(2);
  });

  it('makes up for the last tick that was missed, and for no earlier one', async () => {
    await at.publish(scheduled('missed'));
    await listensSince('missed', '2030-02-01T00:00:00Z');
    await look('2030-02-05T08:00:00Z');
    expect((await ticks('missed')).map((tick) => tick.due)).toEqual(['2030-02-05T02:15:00.000Z']);
  });

  it('that was just published does not catch up', async () => {
    await at.publish(scheduled('fresh'));
    await listensSince('fresh', '2030-03-01T03:00:00Z');
    await look('2030-03-01T04:00:00Z');
    expect(await ticks('fresh')).toEqual([]);
  });

  it('of a playbook that is covered by an earlier run says so', async () => {
    await at.publish(scheduled('covered', 'dedupe: { key: one, window: 7d }\n'));
    await listensSince('covered', '2030-04-01T00:00:00Z');
    await look('2030-04-01T05:00:00Z');
    await look('2030-04-02T05:00:00Z');
    expect((await ticks('covered')).map(({ outcome, code }) => [outcome, code])).toEqual([
      ['started', null],
      ['attached', 'match/duplicate'],
    ]);
    expect(await at.runs('covered')).toHaveLength(1);
  });

  it('that the routing file switches off starts nothing and says why; its `match` is about alerts', async () => {
    await at.publish(scheduled('routed'));
    await at.publish(scheduled('matched'));
    const source = `kind: routing/v1
playbooks:
  - { id: routed, enabled: false }
  - { id: matched, match: alert.severity == "critical" }
`;
    const input = { source, file: 'routing.yaml', version: 0, actor, requestId: 'test' };
    expect(await publishRouting(at.engine.parts, input)).toMatchObject({ ok: true, version: 1 });
    for (const id of ['routed', 'matched']) await listensSince(id, '2030-05-01T00:00:00Z');
    await look('2030-05-01T05:00:00Z');
    expect(await ticks('routed')).toMatchObject([
      { outcome: 'skipped', code: 'match/routed-away', run: null },
    ]);
    expect(await ticks('matched')).toMatchObject([{ outcome: 'started' }]);
  });
});
