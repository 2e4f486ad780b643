import { expect, it } from 'vitest';
import type { Question, Vote, Voter } from '../../engine/core/approval/judge-approval.ts';
import { judgeGrant } from '../../engine/core/approval/judge-grant.ts';

const question: Question = {
  state: 'granted',
  digest: `sha256:${'a'.repeat(64)}`,
  approvers: ['group:soc'],
  quorum: 2,
  glassQuorum: 1,
  excluded: [],
  requireComment: 'never',
  approveBeforeMs: 0,
  unshowable: null,
};

function yes(name: string, more: Partial<Voter> = {}): Vote {
  const voter: Voter = {
    kind: 'person',
    id: `per_${name}`,
    personId: `per_${name}`,
    email: null,
    roles: ['approver'],
    groups: ['soc'],
    active: true,
    ...more,
  };
  return { voter, decision: 'approve' };
}

const votes = [yes('bo'), yes('cy')];

it('stands while everybody who said yes may still say it, however long ago it could be decided', () => {
  expect(judgeGrant({ question, votes, late: false })).toBeNull();
});

it.each<[string, Vote]>([
  ['is not active', yes('cy', { active: false })],
  ['is not asked any more', yes('cy', { groups: [] })],
  ['has no right to decide any more', yes('cy', { roles: ['viewer'] })],
  ['is the same person again', yes('bo')],
])('is void when one of the two %s', (_, second) => {
  expect(judgeGrant({ question, votes: [yes('bo'), second], late: false })).toMatchObject({
    code: 'approval/grant-void',
  });
});

it('names who was lost, and only them', () => {
  const verdict = judgeGrant({ question: { ...question, excluded: ['per_cy'] }, votes, late: false });
  expect(verdict?.message).toMatch(/^per_cy said yes/);
});

it('is void when it was not used in time, and when it is no grant at all', () => {
  expect(judgeGrant({ question, votes, late: true })).toMatchObject({ code: 'approval/grant-expired' });
  for (const state of ['superseded', 'cancelled', 'pending'] as const)
    expect(judgeGrant({ question: { ...question, state }, votes, late: false })).toMatchObject({
      code: 'approval/grant-void',
    });
});
