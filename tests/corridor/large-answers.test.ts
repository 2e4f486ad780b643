import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { forWholeAlert, hostAlert } from './questions.ts';

/* A search that finds more than a step keeps, and a playbook that would read an empty answer as "nothing there". */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  corridor.lab.estate.reset({ crowd: { hosts: 0, users: 0, mails: 2500 } });
});
afterAll(() => corridor.close());

const searching = (id: string, limit: number) =>
  forWholeAlert(
    id,
    `  - id: search
    action: mail.search-messages
    with: { sender: bulk@bulk.example.com, subject: Crowd campaign, received_within: 30d, limit: ${limit} }
  - id: nothing
    if: size(steps.search.outputs.?messages.orValue([])) == 0
    then:
      - stop: { outcome: succeeded, reason: No copy is left }
  - id: half
    if: '!steps.search.outputs.?complete.orValue(false)'
    then:
      - stop: { outcome: succeeded, reason: "\${{ size(steps.search.outputs.messages) }} copies and more" }
`,
  );

async function search(id: string, limit: number) {
  await corridor.publish(searching(id, limit));
  await corridor.sendBody(hostAlert(id, id, 'x'));
  await corridor.rest();
  const { rows } = await corridor.database.owner.query(
    `select runs.state, runs.reason, steps.failure ->> 'code' as code from runs join steps on steps.run_id = runs.id
     where runs.playbook_id = $1 and steps.path = 'run/search'`,
    [id],
  );
  return rows;
}

it('two thousand copies are handed over', async () => {
  expect(await search('two-thousand', 2000)).toEqual([
    { state: 'succeeded', reason: '2000 copies and more', code: null },
  ]);
}, 60_000);

it('a search that finds more than a step keeps fails the run instead of looking empty', async () => {
  expect(await search('too-many', 3000)).toMatchObject([{ state: 'failed', code: 'run/output-too-large' }]);
}, 60_000);
