import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, onlyQuestion } from './questions.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: ['phishing/quarantine-mail'] });
});
afterAll(() => corridor.close());

const copyOf = (recipient: string, subject = 'Invoice 2026-11 overdue') => {
  const copies = corridor.lab.estate
    .state()
    .mails.filter((mail) => mail.recipient === recipient && mail.subject === subject);
  return copies.map((mail) => corridor.lab.estate.effect('quarantined', `mail:${mail.id}`).applied);
};

it('takes two copies out at once and leaves the copy of the board until somebody decides', async () => {
  await corridor.send('04-phishing-in-mailboxes.json');
  await corridor.rest();
  expect((await corridor.runs()).map((run) => run.state).sort()).toEqual([
    'succeeded',
    'succeeded',
    'waiting',
  ]);
  expect(copyOf('erik.holm@contoso.com')).toContain(1);
  expect(copyOf('sara.lund@contoso.com')).toContain(1);
  expect(copyOf('karin.ek@contoso.com')).not.toContain(1);
});

it('leaves it there after a no, tells people so, and the run goes on to its end', async () => {
  const asked = await onlyQuestion(corridor);
  expect(asked.card.question).toContain('karin.ek@contoso.com');
  const bo = await corridor.person('Bo', ['soc-mail']);
  expect(await decide(corridor, asked, bo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
  expect(copyOf('karin.ek@contoso.com')).not.toContain(1);
  const run = (await corridor.runs()).find((each) => each.id === asked.run_id);
  expect(run).toMatchObject({ state: 'succeeded' });
  const said = corridor.lab.estate.messages('soc-mail').map((message) => JSON.stringify(message));
  expect(said.filter((text) => text.includes('karin.ek@contoso.com was left where it is'))).toHaveLength(1);
  const story = (await corridor.story(asked.run_id)).map((entry) => entry.type);
  expect(story).toContain('approval.denied');
  expect(corridor.lab.estate.effects().totals.duplicates).toBe(0);
});
