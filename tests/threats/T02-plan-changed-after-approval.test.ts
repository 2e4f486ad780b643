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

/* T2: somebody says yes to one action, and another one is to go out on it. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const orders = () => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).orders;

async function ask(id: string, steps: string, more = '') {
  await corridor.publish(madePlaybook(id, steps, more));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await until(
    async () =>
      (await corridor.database.app.query("select 1 from approvals where state = 'pending'")).rows.length ===
      1,
  );
  return onlyQuestion(corridor);
}

it('a yes to what the card does not show any more is refused, written down and counts for nothing', async () => {
  const asked = await ask('mismatch', `${isolateStep}    approval: { approvers: [group:soc] }\n`);
  const bo = await corridor.person('Bo', ['soc']);
  const other = { ...asked, digest: `sha256:${'0'.repeat(64)}` };
  expect(await decide(corridor, other, bo)).toMatchObject({ ok: false, code: 'approval/digest-mismatch' });
  await corridor.rest();
  expect(orders()).toBe(0);
  expect(await onlyQuestion(corridor)).toMatchObject({ id: asked.id, state: 'pending' });
  expect(await corridor.story(asked.run_id)).toContainEqual(
    expect.objectContaining({ type: 'approval.refused', code: 'approval/digest-mismatch' }),
  );
  await decide(corridor, asked, bo, 'deny');
});

it('what renders differently after the yes does not go out, and waits for a yes of its own', async () => {
  const steps = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", comment: "\${{ string(now()) }}" }
    approval: { approvers: [group:soc] }
`;
  const asked = await ask('changed', steps);
  const bo = await corridor.person('Bo', ['soc']);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(orders()).toBe(0);
  expect((await corridor.story(asked.run_id)).map(({ type }) => type)).toContain('approval.superseded');
  const again = await onlyQuestion(corridor);
  expect(again.digest).not.toBe(asked.digest);
  await decide(corridor, again, bo, 'deny');
});

it('the database refuses to change what was asked, whoever holds the connection of the engine', async () => {
  const asked = await ask('rewritten', `${isolateStep}    approval: { approvers: [group:soc] }\n`);
  for (const set of ["digest = 'sha256:1'", "plan = 'x'", 'quorum = quorum + 1', "card = '{}'"]) {
    const change = corridor.database.app.query(`update approvals set ${set} where id = $1`, [asked.id]);
    await expect(change).rejects.toMatchObject({ code: '23514' });
  }
});
