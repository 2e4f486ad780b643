import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { decide, questions } from '../corridor/questions.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { growOld, withoutTriggers } from '../support/grow-old.ts';
import { letGoAll, placesOf } from './let-go-all.ts';

/* Loops, calls, waits and questions of the playbooks that are shipped leave nothing that keeps them for ever (record 0040). */

let corridor: Corridor;
let people: PersonId[];
beforeAll(async () => {
  corridor = await openCorridor();
  people = [];
  for (const name of ['Bo', 'Eva', 'Kim'])
    people.push(
      await corridor.person(name, ['soc-tier2', 'soc-identity', 'soc-mail'], ['approver', 'responder']),
    );
});
afterAll(() => corridor.close());

async function answerAll(): Promise<void> {
  for (let rounds = 0; rounds < 12; rounds++) {
    await corridor.rest();
    const open = await questions(corridor, 'pending');
    if (open.length === 0) return;
    for (const asked of open) for (const person of people) await decide(corridor, asked, person);
  }
}

it('lets all of it go once nothing of it stands any more', async () => {
  const { owner, app } = corridor.database;
  const alerts: string[] = [];
  for (const file of ['01-ransomware-on-workstations', '04-phishing-in-mailboxes', '05-stolen-session'])
    alerts.push(await corridor.send(`${file}.json`));
  await answerAll();
  const runs = (await corridor.runs()).map(({ id }) => id);
  expect(runs.length).toBeGreaterThan(0);
  expect((await owner.query(`select 1 from scopes where kind <> 'run'`)).rowCount).toBeGreaterThan(0);
  // Those that wait for a verdict on their incident, for days.
  for (const { id, state } of await corridor.runs())
    if (state === 'waiting')
      await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
        runId: id as RunId,
        undo: false,
        reason: 'It is over',
        actor: testActor,
        requestId: 'test',
      });
  await corridor.rest();
  // What people do about it in the course of weeks, at once.
  await withoutTriggers(owner, ['undo_records'], async (query) => {
    await query(
      `update undo_records set state = 'undone', settled_at = clock_timestamp(), lease_until = null`,
    );
    await query('delete from holds');
    await query(`update incidents set status = 'resolved'`);
  });
  await growOld(owner, 200);
  expect((await letGoAll(app)).kept).toEqual({});
  expect(await placesOf(owner, [...alerts, ...runs])).toEqual([]);
});
