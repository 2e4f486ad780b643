import { afterAll, beforeAll, expect, it } from 'vitest';
import { askedAs } from '../../engine/core/identity/may-decide.ts';
import { listApprovals } from '../../engine/runtime/read/list-approvals.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, madePlaybook, onlyQuestion, questions, until, ws0117 } from './questions.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

it('whoever is named by another spelling of their address finds the question that only they may decide', async () => {
  const jo = await corridor.person('Jo', []);
  const email = 'jo@Example.test';
  await corridor.database.app.query('update people set email = $2 where id = $1', [jo, email]);
  const look = '  - { id: ok, approval: { ask: "Go on?", approvers: ["user:Jo@example.test"] } }\n';
  await corridor.publish(madePlaybook('spelt', look));
  await corridor.sendBody(hostAlert('spelt', 'spelt-1', ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const asked = await onlyQuestion(corridor);
  const mine = askedAs({ personId: jo, email, groups: [], roles: [] });
  const list = await listApprovals(corridor.database.app, defaultTenant, { mine }, { limit: 50 });
  expect(list.items.map(({ id }) => id)).toEqual([asked.id]);
  expect(await decide(corridor, asked, jo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
});
