import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  until,
  ws0117,
} from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

/* T3: somebody decides about their own request, or counts twice. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const orders = () => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).orders;

async function ask(id: string, approval: string) {
  await corridor.publish(madePlaybook(id, `${isolateStep}    approval: ${approval}\n`));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await until(
    async () =>
      (await corridor.database.app.query("select 1 from approvals where state = 'pending'")).rows.length ===
      1,
  );
  return onlyQuestion(corridor);
}

it('whoever is kept apart may say neither yes nor no, and the attempt is written down', async () => {
  const asked = await ask('own', '{ approvers: [group:soc] }');
  const bo = await corridor.person('Bo', ['soc']);
  await corridor.database.app.query(
    'update approvals set excluded = array_append(excluded, $2) where id = $1',
    [asked.id, bo],
  );
  for (const decision of ['approve', 'deny'] as const) {
    expect(await decide(corridor, asked, bo, decision)).toMatchObject({
      ok: false,
      code: 'approval/separation',
    });
  }
  await corridor.rest();
  expect(orders()).toBe(0);
  const refused = (await corridor.story(asked.run_id)).filter(({ type }) => type === 'approval.refused');
  expect(refused.map(({ code }) => code)).toEqual(['approval/separation', 'approval/separation']);
  const cy = await corridor.person('Cy', ['soc']);
  expect(await decide(corridor, asked, cy, 'deny')).toMatchObject({ ok: true, state: 'denied' });
});

it('one person in two groups that are both asked counts once, however often they say yes', async () => {
  const asked = await ask('twice', '{ approvers: [group:soc, group:duty], quorum: 2 }');
  const bo = await corridor.person('Bo', ['soc', 'duty']);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  const again = await Promise.all([decide(corridor, asked, bo), decide(corridor, asked, bo)]);
  for (const each of again)
    expect(each).toMatchObject({ ok: true, state: 'pending', votes: 1, repeated: true });
  await corridor.rest();
  expect(orders()).toBe(0);
  const second = corridor.database.app.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest)
     select tenant_id, 'dec_second', approval_id, person_id, decision, digest from decisions where approval_id = $1`,
    [asked.id],
  );
  await expect(second).rejects.toMatchObject({ code: '23505' });
});
