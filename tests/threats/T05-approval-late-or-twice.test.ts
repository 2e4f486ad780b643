import { afterAll, beforeAll, expect, it } from 'vitest';
import { setStop } from '../../engine/runtime/set-stop.ts';
import type { PersonId } from '../../schemas/ids.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
} from '../corridor/questions.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';

/* T5: a yes is used too late, or for a second effect. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

const orders = () => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).orders;
const stop = (personId: PersonId | null) => ({
  scope: 'everything' as const,
  subject: '',
  reason: 'look first',
  actor: testActor,
  personId,
  requestId: 'test',
});

async function ask(id: string) {
  await corridor.publish(madePlaybook(id, `${isolateStep}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

it('a yes that was not used in time lets nothing out, and cannot be given more time', async () => {
  const asked = await ask('late');
  await setStop(corridor.engine.parts, stop(null));
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  const move = (to: string) =>
    corridor.database.app.query(`update approvals set execute_before = ${to} where id = $1`, [asked.id]);
  await move("clock_timestamp() - interval '1 ms'");
  await expect(move("clock_timestamp() + interval '1 hour'")).rejects.toMatchObject({ code: '23514' });
  for (const name of ['Dan', 'Eli'])
    await clearAsSeen(corridor.engine.parts, stop(await corridor.person(name, ['other'], ['operator'])));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect(orders()).toBe(0);
  expect(await corridor.story(asked.run_id)).toContainEqual(
    expect.objectContaining({ type: 'approval.voided', code: 'approval/grant-expired' }),
  );
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
});

it('a yes is used once: a second one after it changes nothing, and the row cannot be used again', async () => {
  const asked = await ask('twice');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await until(
    async () => (await corridor.runs()).find((run) => run.id === asked.run_id)?.state === 'succeeded',
  );
  const cy = await corridor.person('Cy', ['soc']);
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: false, code: 'approval/already-decided' });
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, repeated: true });
  await corridor.rest();
  expect(orders()).toBe(1);
  const reuse = (set: string) =>
    corridor.database.app.query(`update approvals set ${set} where id = $1`, [asked.id]);
  await expect(reuse('consumed_at = null')).rejects.toMatchObject({ code: '23514' });
  await expect(reuse("state = 'pending'")).rejects.toMatchObject({ code: '23514' });
});
