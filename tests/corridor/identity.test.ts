import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, onlyQuestion } from './questions.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: ['identity/clean-mailbox-rules', 'identity/contain-user'] });
});
afterAll(() => corridor.close());

const sessionsEnded = (id: string) => corridor.lab.estate.effect('sessions-revoked', `user:${id}`);

it('disables two ordinary accounts at once and ends their sessions', async () => {
  await corridor.send('05-stolen-session.json');
  await corridor.rest();
  const runs = await corridor.runs();
  // Contained, and waiting for the verdict; what looks after the mailbox is a run of its own.
  const states = (id: string) => runs.filter((run) => run.playbook_id === id).map((run) => run.state);
  expect(states('compromised-user-contain')).toEqual(['waiting', 'waiting']);
  expect(states('mailbox-rules-cleanup')).toEqual(['succeeded', 'succeeded']);
  for (const name of ['maria.lind@contoso.com', 'lena.falk@contoso.com']) {
    const user = corridor.lab.estate.user(name);
    expect(user.accountEnabled).toBe(false);
    expect(sessionsEnded(user.id)).toMatchObject({ applied: 1, duplicates: 0 });
  }
  expect(corridor.lab.estate.messages('soc-identity').length).toBe(2);
});

it('leaves the account of the board alone until two different people have said yes', async () => {
  await corridor.send('06-stolen-session-of-the-board.json');
  await corridor.rest();
  const karin = () => corridor.lab.estate.user('karin.ek@contoso.com');
  const bo = await corridor.person('Bo', ['soc-identity', 'oncall:identity']);
  const cy = await corridor.person('Cy', ['soc-identity']);
  const asked = await onlyQuestion(corridor);
  expect(asked).toMatchObject({ quorum: 2, step_path: 'run/disable' });

  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  await corridor.rest();
  expect(karin().accountEnabled).toBe(true);

  expect(await decide(corridor, asked, bo)).toMatchObject({
    ok: true,
    state: 'pending',
    votes: 1,
    repeated: true,
  });
  await corridor.rest();
  expect(karin().accountEnabled).toBe(true);

  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'granted', votes: 2 });
  await corridor.rest();
  expect(karin().accountEnabled).toBe(false);
  expect(sessionsEnded(karin().id).applied).toBe(1);
  expect((await corridor.runs()).at(-1)?.state).toBe('succeeded');
  const story = await corridor.story(asked.run_id);
  expect(story.filter((entry) => entry.type === 'approval.voted')).toHaveLength(2);
});

it('counts nobody who lost the role between their yes and the next one', async () => {
  await corridor.lab.estate.reset();
  await corridor.database.owner.query(`update runs set created_at = created_at - interval '1 day'`);
  const first = await corridor.person('Dan', ['soc-identity']);
  const second = await corridor.person('Eli', ['soc-identity']);
  const third = await corridor.person('Fay', ['soc-identity']);
  const file = new URL('../../examples/alerts/06-stolen-session-of-the-board.json', import.meta.url);
  await corridor.sendBody({ ...JSON.parse(readFileSync(file, 'utf8')), id: 'once-more' });
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  await decide(corridor, asked, first);
  await corridor.database.app.query(`update people set groups = '{}' where id = $1`, [first]);
  expect(await decide(corridor, asked, second)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  await corridor.rest();
  expect(corridor.lab.estate.user('karin.ek@contoso.com').accountEnabled).toBe(true);
  expect(await decide(corridor, asked, third)).toMatchObject({ ok: true, state: 'granted', votes: 2 });
  await corridor.rest();
  const granted = await corridor.database.app.query<{ by: string[] }>(
    `select array(select json_array_elements_text(approval->'by')) as by from steps where run_id = $1 and path = $2`,
    [asked.run_id, asked.step_path],
  );
  expect(granted.rows[0]?.by).toEqual([second, third]);
});
