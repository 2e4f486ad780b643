import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  type Asked,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
} from './questions.ts';

/* Who sends a refused decision again and again leaves one entry and then the number, and nothing else that happened is lost. */

let corridor: Corridor;
let bo: PersonId;
let eve: PersonId;
let asked: Asked;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  eve = await corridor.person('Eve', ['finance']);
  const approval = '    approval: { approvers: [group:soc], require_comment: on_deny }\n';
  await corridor.publish(madePlaybook('asks', `${isolateStep}${approval}`));
  await corridor.sendBody(hostAlert('asks', 'asks', ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  asked = await onlyQuestion(corridor);
});
afterAll(() => corridor.close());

function decide(personId: PersonId, more: Partial<Parameters<typeof settleApproval>[2]> = {}) {
  return settleApproval(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    decision: 'approve',
    digest: asked.digest,
    comment: '',
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' },
    requestId: 'test',
    signedInAtMs: 1_000,
    ...more,
  });
}

type Told = {
  code: string;
  actor: { id: string };
  data: { decision: string; count?: number; window_s?: number };
};

async function refused(personId: PersonId): Promise<[string, string, number | undefined][]> {
  const story = (await corridor.story(asked.run_id)) as unknown as (Told & { type: string })[];
  return story
    .filter(({ type, actor }) => type === 'approval.refused' && actor.id === personId)
    .map(({ code, data }) => [code, data.decision, data.count]);
}

it('the same refusal is told once, and what differs by itself', async () => {
  for (let n = 0; n < 5; n++) expect(await decide(eve)).toMatchObject({ code: 'approval/not-named' });
  // Sent at the same instant, more than one may be the first.
  await Promise.all([decide(eve), decide(eve)]);
  const named = ['approval/not-named', 'approve', undefined];
  expect(await refused(eve)).toEqual([named]);
  await decide(eve, { decision: 'deny' });
  const letIn = { by: { kind: 'token', id: 'tok_other' }, personId: eve, roles: [], groups: [] } as const;
  await decide(eve, { letIn, signedInAtMs: null });
  // Which it was is not looked at any more where the token has ended.
  expect((await refused(eve)).map(([code, decision]) => `${code} ${decision}`)).toEqual([
    'approval/not-named approve',
    'approval/not-named deny',
    'auth/bad-token undefined',
  ]);
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(await decide(bo, { digest })).toMatchObject({ code: 'approval/digest-mismatch' });
  expect(await decide(bo, { decision: 'deny' })).toMatchObject({ code: 'approval/comment-required' });
  // What it refuses repeats the number that was sent, which is for anybody to vary.
  for (const round of [7, 8, 9])
    expect(await decide(bo, { round })).toMatchObject({ code: 'request/invalid' });
  expect((await refused(bo)).map(([code]) => code)).toEqual([
    'approval/digest-mismatch',
    'approval/comment-required',
    'request/invalid',
  ]);
});

it('a process that ends says how many it has not told, and the next one tells the first again', async () => {
  await corridor.restart(async () => {
    expect((await refused(eve)).slice(3)).toEqual([['approval/not-named', 'approve', 6]]);
    expect((await refused(bo)).slice(3)).toEqual([['request/invalid', 'approve', 2]]);
  });
  await decide(eve);
  expect((await refused(eve)).slice(4)).toEqual([['approval/not-named', 'approve', undefined]]);
});

it('a decision that counts is told, however many did not', async () => {
  expect(await decide(bo, { decision: 'deny', comment: 'no' })).toMatchObject({ ok: true, state: 'denied' });
  const types = (await corridor.story(asked.run_id)).map(({ type }) => type);
  expect(types.filter((type) => type === 'approval.voted')).toHaveLength(1);
});

it('what is opened again is told once for each version of the card', async () => {
  const { told } = corridor.engine.parts;
  const view = (id: string, version: string) =>
    told.note(
      {
        type: 'approval.viewed',
        actor: { kind: 'person', id, channel: 'api' },
        approvalId: asked.id,
        requestId: 'r',
      },
      version,
    );
  for (const version of ['none', 'none', 'one yes', 'one yes', 'none']) await view(bo, version);
  await view(eve, 'none');
  await told.settle();
  const seen = (await corridor.story()).filter(({ type }) => type === 'approval.viewed') as unknown as Told[];
  const lines = seen.map(({ actor, data }) => [actor.id, data?.count]);
  expect(lines.slice(0, 3)).toEqual([
    [bo, undefined],
    [bo, undefined],
    [eve, undefined],
  ]);
  expect(lines.slice(3).sort()).toEqual([
    [bo, 1],
    [bo, 2],
  ]);
});
