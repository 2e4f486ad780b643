import { expect, it } from 'vitest';
import type { Question, Vote, Voter } from '../../engine/core/approval/judge-approval.ts';
import { judgeWithdrawal } from '../../engine/core/approval/judge-withdrawal.ts';

const nowMs = Date.parse('2026-11-20T03:00:00Z');
const question: Question = {
  state: 'pending',
  digest: `sha256:${'a'.repeat(64)}`,
  approvers: ['group:soc'],
  quorum: 3,
  glassQuorum: 1,
  excluded: [],
  requireComment: 'always',
  approveBeforeMs: nowMs + 60_000,
  unshowable: null,
};

function person(name: string, more: Partial<Voter> = {}): Voter {
  const id = `per_${name}`;
  return {
    kind: 'person',
    id,
    personId: id,
    email: null,
    roles: ['approver'],
    groups: ['soc'],
    active: true,
    ...more,
  };
}

const bo = person('bo');
const yes = (voter: Voter): Vote => ({ voter, decision: 'approve' });
const both = [yes(bo), yes(person('cy'))];

function judge(
  change: Partial<Question> = {},
  {
    votes = both,
    voter = bo,
    tookBack = 0,
    round = null,
    at = nowMs,
  }: { votes?: Vote[]; voter?: Voter; tookBack?: number; round?: number | null; at?: number } = {},
): ReturnType<typeof judgeWithdrawal> {
  return judgeWithdrawal({ ...question, ...change }, votes, voter, tookBack, round, at);
}

it('is taken back while the quorum is open, and the others still count', () => {
  expect(judge()).toEqual({ kind: 'withdraw', votes: 1, round: 1 });
});

it('is also for whoever has lost the right to decide meanwhile', () => {
  const lost = person('bo', { groups: [], roles: ['viewer'] });
  expect(judge({}, { votes: [yes(lost)], voter: lost })).toEqual({ kind: 'withdraw', votes: 0, round: 1 });
});

it('twice is answered as the first time', () => {
  expect(judge({}, { votes: [yes(person('cy'))], tookBack: 1 })).toEqual({
    kind: 'repeat',
    votes: 1,
    round: 1,
  });
  expect(judge({ state: 'granted' }, { votes: [yes(person('cy'))], tookBack: 1 })).toMatchObject({
    kind: 'repeat',
  });
});

it.each<[string, Parameters<typeof judge>, string]>([
  ['after the last yes', [{ state: 'granted' }], 'approval/too-late-to-withdraw'],
  ['after a no', [{ state: 'denied' }], 'approval/already-decided'],
  ['after a newer question', [{ state: 'superseded' }], 'approval/already-decided'],
  ['when the time is over', [{}, { at: nowMs + 60_000 }], 'approval/expired'],
  ['by somebody who has not decided', [{}, { voter: person('di') }], 'approval/no-vote'],
  [
    'by somebody who came to a granted one',
    [{ state: 'granted' }, { voter: person('di') }],
    'approval/already-decided',
  ],
  ['by a service', [{}, { voter: person('bo', { kind: 'service' }) }], 'approval/needs-person'],
])('is refused %s', (_what, given, code) => {
  expect(judge(...given)).toMatchObject({ kind: 'refuse', code });
});

it('says what to do when it is too late', () => {
  expect(judge({ state: 'granted' })).toMatchObject({
    detail: expect.stringMatching(/undo.*stop/) as string,
  });
});

it('one that names an older yes takes no later one back', () => {
  expect(judge({}, { tookBack: 1, round: 0 })).toEqual({ kind: 'repeat', votes: 2, round: 1 });
  expect(judge({}, { tookBack: 1, round: 1 })).toEqual({ kind: 'withdraw', votes: 1, round: 2 });
  expect(judge({ state: 'granted' }, { tookBack: 1, round: 0 })).toMatchObject({ kind: 'repeat' });
});
