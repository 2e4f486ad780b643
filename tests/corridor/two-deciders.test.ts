import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { type Asked, hostAlert, madePlaybook, questions, tellStep, until, ws0117 } from './questions.ts';

/*
 * Two people answer the same question differently within 50 ms, through two processes as it were: two
 * advancers, so that nothing but the rows decides who is first.
 */

const rounds = 60;
const apartMsMax = 50;

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

it('there is one outcome, and the other person is told and written down as ignored', async () => {
  const { parts, advancer } = corridor.engine;
  const other = createAdvancer(parts);
  const bo = await corridor.person('Bo', ['soc']);
  const cy = await corridor.person('Cy', ['soc']);
  await corridor.publish(
    madePlaybook('race', `${tellStep}    approval: { approvers: [group:soc], require_comment: never }\n`),
  );
  for (let round = 0; round < rounds; round++)
    await corridor.sendBody(hostAlert('race', `race-${round}`, ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === rounds);
  const decide = (asked: Asked, personId: PersonId, decision: 'approve' | 'deny', by = advancer) =>
    settleApproval(parts, by, {
      approvalId: asked.id,
      decision,
      digest: asked.digest,
      comment: null,
      personId,
      actor: { kind: 'person', id: personId, channel: 'api' },
      requestId: 'test',
      signedInAtMs: null,
    });
  const outcomes = new Set<string>();
  for (const [round, asked] of (await questions(corridor, 'pending')).entries()) {
    // From the no well ahead, over the same instant, to the yes well ahead.
    const aheadMs = Math.round((round / (rounds - 1)) * 2 * apartMsMax) - apartMsMax;
    const after = (waitMs: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    const [yes, no] = await Promise.all([
      after(-aheadMs).then(() => decide(asked, bo, 'approve')),
      after(aheadMs).then(() => decide(asked, cy, 'deny', other)),
    ]);
    const [won, lost] = yes.ok ? [yes, no] : [no, yes];
    const outcome = yes.ok ? 'granted' : 'denied';
    outcomes.add(outcome);
    expect(won).toMatchObject({ ok: true, state: outcome, repeated: false });
    expect(lost).toMatchObject({ ok: false, code: 'approval/already-decided' });
    expect((await questions(corridor)).find(({ id }) => id === asked.id)?.state).toBe(outcome);
    const { rows } = await corridor.database.app.query<{ person_id: string }>(
      'select person_id from decisions where approval_id = $1',
      [asked.id],
    );
    expect(rows).toEqual([{ person_id: yes.ok ? bo : cy }]);
    const story = await corridor.story(asked.run_id);
    expect(story.filter(({ type }) => type === 'approval.voted')).toHaveLength(1);
    expect(story.filter(({ type }) => type === 'approval.ignored')).toEqual([
      expect.objectContaining({ code: 'approval/already-decided' }),
    ]);
  }
  expect([...outcomes].toSorted()).toEqual(['denied', 'granted']);
});
