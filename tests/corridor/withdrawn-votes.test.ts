import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { withdrawApproval } from '../../engine/runtime/withdraw-approval.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  type Asked,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* Second thoughts: a yes is taken back while others are still asked, and not after the last one. */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  cy = await corridor.person('Cy', ['soc']);
});
afterAll(() => corridor.close());

function withdraw(asked: Asked, personId: PersonId | null, by = corridor.engine.advancer, round?: number) {
  return withdrawApproval(corridor.engine.parts, by, {
    approvalId: asked.id,
    personId,
    comment: 'the wrong host',
    ...(round !== undefined && { round }),
    actor: { kind: personId === null ? 'service' : 'person', id: personId ?? 'tok_1', channel: 'api' },
    requestId: 'test',
  });
}

async function ask(id: string, hostId = ws0117): Promise<Asked> {
  const approval = '    approval: { approvers: [group:soc], quorum: 2 }\n';
  await corridor.publish(madePlaybook(id, `${isolateStep}${approval}`));
  await corridor.sendBody(hostAlert(id, id, hostId));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

const typesOf = async (asked: Asked) => (await corridor.story(asked.run_id)).map(({ type }) => type);
const orders = (hostId = ws0117) => corridor.lab.estate.effect('network-isolated', `host:${hostId}`).orders;

it('a yes that was taken back is not counted, and can be given again', async () => {
  const asked = await ask('back');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  expect(await withdraw(asked, bo)).toEqual({ ok: true, votes: 0, quorum: 2, round: 1, repeated: false });
  expect(await withdraw(asked, bo)).toMatchObject({ ok: true, repeated: true });
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  await corridor.rest();
  expect(orders()).toBe(0);
  expect((await typesOf(asked)).filter((type) => type === 'approval.withdrawn')).toHaveLength(1);
  expect(await decide(corridor, asked, bo, 'approve', { round: 1 })).toMatchObject({
    ok: true,
    state: 'granted',
    votes: 2,
  });
  await corridor.rest();
  expect(orders()).toBe(1);
});

it('a yes that became a no ends it, and both are written down', async () => {
  const asked = await ask('turned', ws0244);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'pending' });
  expect(await decide(corridor, asked, bo, 'deny')).toMatchObject({ ok: true, state: 'denied', votes: 0 });
  await corridor.rest();
  expect(orders(ws0244)).toBe(0);
  const said = (await typesOf(asked)).filter((type) => /voted|withdrawn|denied/.test(type));
  expect(said).toEqual([
    'approval.voted',
    'approval.withdrawn',
    'approval.voted',
    'approval.denied',
    'step.denied',
  ]);
});

it('what was granted is not taken back this way, and whoever tries is told what is', async () => {
  const asked = await ask('granted', ws0244);
  await decide(corridor, asked, bo);
  await decide(corridor, asked, cy);
  await corridor.rest();
  const late = await withdraw(asked, bo);
  expect(late).toMatchObject({ ok: false, code: 'approval/too-late-to-withdraw' });
  expect(late).toMatchObject({ detail: expect.stringContaining('undo') as string });
  const ignored = (await corridor.story(asked.run_id)).filter(({ type }) => type === 'approval.ignored');
  expect(ignored).toMatchObject([{ code: 'approval/too-late-to-withdraw' }]);
  expect(orders(ws0244)).toBe(1);
});

it('nobody takes back what somebody else said, and a service nothing; both are written down', async () => {
  const asked = await ask('others');
  await decide(corridor, asked, bo);
  expect(await withdraw(asked, cy)).toMatchObject({ ok: false, code: 'approval/no-vote' });
  expect(await withdraw(asked, null)).toMatchObject({ ok: false, code: 'approval/needs-person' });
  const refused = (await corridor.story(asked.run_id)).filter(({ type }) => type === 'approval.refused');
  expect(refused.map(({ code }) => code)).toEqual(['approval/no-vote', 'approval/needs-person']);
  await decide(corridor, asked, cy, 'deny');
  await corridor.rest();
});

it('a yes that is delivered once more after it was taken back counts nothing, and neither does a late taking back', async () => {
  const asked = await ask('late');
  await decide(corridor, asked, bo);
  await withdraw(asked, bo);
  // The network repeats the first request: it is answered as it was, and says that it does not count.
  const again = { ok: true, state: 'pending', votes: 0, repeated: true, stands: false };
  expect(await decide(corridor, asked, bo)).toMatchObject(again);
  expect(await decide(corridor, asked, bo, 'approve', { round: 2 })).toMatchObject({
    code: 'request/invalid',
  });
  expect(await decide(corridor, asked, bo, 'approve', { round: 1 })).toMatchObject({
    votes: 1,
    stands: true,
  });
  expect(await decide(corridor, asked, bo)).toMatchObject({ votes: 1, repeated: true, stands: true });
  // The same for the word that took the first one back.
  expect(await withdraw(asked, bo, undefined, 0)).toMatchObject({ repeated: true, votes: 1, round: 1 });
  expect(await decide(corridor, asked, cy)).toMatchObject({ state: 'granted', votes: 2 });
  await corridor.rest();
  const said = (await typesOf(asked)).filter((type) => /voted|withdrawn/.test(type));
  expect(said).toEqual(['approval.voted', 'approval.withdrawn', 'approval.voted', 'approval.voted']);
});

it('of the last yes and a withdrawal in the same instant one is first, and both are told', async () => {
  const rounds = 40;
  const apartMs = 20;
  // Two advancers stand for two processes: nothing but the rows decides who is first.
  const other = createAdvancer(corridor.engine.parts);
  const approval = '    approval: { approvers: [group:soc], quorum: 2, require_comment: never }\n';
  await corridor.publish(madePlaybook('race', `${tellStep}${approval}`));
  for (let round = 0; round < rounds; round++)
    await corridor.sendBody(hostAlert('race', `race-${round}`, ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === rounds);
  const after = (waitMs: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
  const outcomes = new Set<string>();
  for (const [round, asked] of (await questions(corridor, 'pending')).entries()) {
    await decide(corridor, asked, bo);
    const aheadMs = Math.round((round / (rounds - 1)) * 2 * apartMs) - apartMs;
    const [back, last] = await Promise.all([
      after(aheadMs).then(() => withdraw(asked, bo, other)),
      after(-aheadMs).then(() => decide(corridor, asked, cy)),
    ]);
    const state = (await questions(corridor)).find(({ id }) => id === asked.id)?.state;
    outcomes.add(String(state));
    if (state === 'granted') {
      expect(last).toMatchObject({ ok: true, state: 'granted', votes: 2 });
      expect(back).toMatchObject({ ok: false, code: 'approval/too-late-to-withdraw' });
    } else {
      expect(state).toBe('pending');
      expect(back).toMatchObject({ ok: true, votes: 0 });
      expect(last).toMatchObject({ ok: true, state: 'pending', votes: 1 });
    }
    const types = await typesOf(asked);
    const told = state === 'granted' ? 'approval.ignored' : 'approval.withdrawn';
    expect(types.filter((type) => type === told)).toHaveLength(1);
  }
  expect([...outcomes].toSorted()).toEqual(['granted', 'pending']);
});

it('of a withdrawal and the repeated yes in the same instant the yes never counts afterwards', async () => {
  const rounds = 30;
  const other = createAdvancer(corridor.engine.parts);
  const approval = '    approval: { approvers: [group:soc], quorum: 2, require_comment: never }\n';
  await corridor.publish(madePlaybook('repeated', `${tellStep}${approval}`));
  const known = new Set((await questions(corridor)).map(({ id }) => id));
  for (let round = 0; round < rounds; round++)
    await corridor.sendBody(hostAlert('repeated', `repeated-${round}`, ws0117));
  const open = async () => (await questions(corridor, 'pending')).filter(({ id }) => !known.has(id));
  await until(async () => (await open()).length === rounds);
  for (const asked of await open()) {
    await decide(corridor, asked, bo);
    const [back, repeat] = await Promise.all([
      withdraw(asked, bo, other),
      decide(corridor, asked, bo),
      decide(corridor, asked, bo, 'approve', { by: other }),
    ]);
    expect(back).toMatchObject({ ok: true, repeated: false, votes: 0 });
    expect(repeat).toMatchObject({ ok: true, repeated: true });
    const { rows } = await corridor.database.app.query(
      'select 1 from standing_decisions where approval_id = $1 and person_id = $2',
      [asked.id, bo],
    );
    expect(rows).toEqual([]);
    expect((await typesOf(asked)).filter((type) => type === 'approval.voted')).toHaveLength(1);
  }
});
