import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { crowdMailId } from '../../examples/lab/seed/grow-crowd.ts';
import type { RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { openDeadlines } from '../support/make-due.ts';
import { forWholeAlert, hostAlert } from './questions.ts';

/* One run that acts on five hundred targets, and takes all of it back. */

const mails = 500;
const parallel = 20;

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  corridor.lab.estate.reset({ crowd: { hosts: 0, users: 0, mails } });
});
afterAll(() => corridor.close());

const quarantined = (n: number) => corridor.lab.estate.effect('quarantined', `mail:${crowdMailId(n)}`);

async function theRun() {
  const { rows } = await corridor.database.owner.query<{ id: RunId; state: string; outputs: unknown }>(
    'select id, state, outputs from runs',
  );
  const [run] = rows;
  if (run === undefined || rows.length > 1) throw new Error(`${rows.length} runs, not one`);
  return run;
}

it('five hundred mails are quarantined once each, never more at a time than the loop allows', async () => {
  const steps = `  - id: search
    action: mail.search-messages
    with: { sender: bulk@bulk.example.com, subject: Crowd campaign, limit: 600 }
  - id: sweep
    foreach: steps.search.outputs.messages
    as: mail
    key: mail.id
    max_items: 600
    max_parallel: ${parallel}
    steps:
      - id: quarantine
        action: mail.quarantine-message
        with: { message_id: "\${{ mail.id }}", mailbox: "\${{ mail.mailbox }}" }
        lease: 72h
  - id: gate
    approval: { ask: "Go on?", covers: [tell], approvers: [group:soc] }
  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "\${{ steps.sweep.summary.succeeded }} of \${{ steps.sweep.summary.total }}" }
`;
  await corridor.publish(forWholeAlert('campaign', steps));
  await corridor.sendBody(hostAlert('campaign', 'campaign-1', 'x'));
  await corridor.rest();
  const run = await theRun();
  expect(run.state).toBe('waiting');
  for (let n = 0; n < mails; n++)
    expect(quarantined(n), `mail ${n}`).toMatchObject({ applied: 1, duplicates: 0 });
  const { rows } = await corridor.database.owner.query<{ status: string; count: number }>(
    `select status, count(*)::int as count from steps where run_id = $1 and path like 'run/sweep[%' group by status`,
    [run.id],
  );
  expect(rows).toEqual([{ status: 'succeeded', count: mails }]);
  expect(await mostAtOnce(run.id)).toBeLessThanOrEqual(parallel);
}, 120_000);

it('a cancel takes all five hundred back, side by side as the loop did them', async () => {
  const { id } = await theRun();
  await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: id,
    actor: testActor,
    reason: 'They were harmless',
    undo: true,
    requestId: 'test',
  });
  await corridor.rest();
  expect((await theRun()).state).toBe('cancelled');
  for (let n = 0; n < mails; n++)
    expect(quarantined(n), `mail ${n}`).toMatchObject({ applied: 1, released: 1, duplicates: 0 });
  const { rows } = await corridor.database.owner.query(
    `select (select count(*)::int from undo_records where state = 'undone') as undone,
       (select count(*)::int from holds) as holds, (select count(*)::int from messages) as messages,
       ${openDeadlines()} as deadlines`,
  );
  expect(rows).toEqual([{ undone: mails, holds: 0, messages: 0, deadlines: 0 }]);
}, 120_000);

/** From the times at which each item's action began and ended. */
async function mostAtOnce(runId: string): Promise<number> {
  const { rows } = await corridor.database.owner.query<{ most: number }>(
    `with moved as (
       select started_at as at, 1 as by from steps where run_id = $1 and path like 'run/sweep[%'
       union all
       select finished_at, -1 from steps where run_id = $1 and path like 'run/sweep[%'
     )
     select max(now)::int as most from (select sum(by) over (order by at, by) as now from moved) counted`,
    [runId],
  );
  return rows[0]?.most ?? 0;
}
