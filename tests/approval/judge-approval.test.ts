import { describe, expect, it } from 'vitest';
import {
  type Answer,
  judgeApproval,
  type Question,
  type Vote,
  type Voter,
} from '../../engine/core/approval/judge-approval.ts';

const nowMs = Date.parse('2026-11-20T03:00:00Z');
const digest = `sha256:${'a'.repeat(64)}`;

const question: Question = {
  state: 'pending',
  digest,
  approvers: ['group:soc-tier2'],
  quorum: 1,
  glassQuorum: 1,
  excluded: [],
  requireComment: 'on_deny',
  approveBeforeMs: nowMs + 60_000,
  unshowable: null,
};

function person(name: string, more: Partial<Voter> = {}): Voter {
  return {
    kind: 'person',
    id: `per_${name}`,
    personId: `per_${name}`,
    email: `${name}@example.test`,
    roles: ['approver'],
    groups: ['soc-tier2'],
    active: true,
    ...more,
  };
}

const bo = person('bo');
const cy = person('cy');
const yes: Answer = { decision: 'approve', digest, comment: null };
const no: Answer = { decision: 'deny', digest, comment: 'it is the backup agent' };
const said = (voter: Voter, decision: Vote['decision'] = 'approve'): Vote => ({ voter, decision });

function judge(
  change: Partial<Question> = {},
  {
    votes = [],
    voter = bo,
    answer = yes,
    tookBack = 0,
    at = nowMs,
  }: {
    votes?: Vote[];
    voter?: Voter;
    answer?: Answer;
    tookBack?: number;
    at?: number;
  } = {},
) {
  return judgeApproval({ ...question, ...change }, votes, tookBack, voter, answer, at);
}

const refused = (code: string) => ({ kind: 'refuse', code });

describe('one of the people who are asked', () => {
  it('grants when the quorum is one', () => {
    expect(judge()).toEqual({ kind: 'vote', outcome: 'granted', votes: 1, instead: false });
  });

  it('denies alone, whatever the quorum and whoever approved before', () => {
    expect(judge({ quorum: 3 }, { votes: [said(cy)], answer: no })).toEqual({
      kind: 'vote',
      outcome: 'denied',
      votes: 1,
      instead: false,
    });
  });

  it.each([
    ['user:per_bo', bo],
    ['user:bo@example.test', bo],
    ['user:BO@Example.Test', bo],
    ['group:soc-tier2', bo],
    ['role:approver', bo],
    ['oncall:incident-response', person('bo', { groups: ['oncall:incident-response'] })],
  ])('may be asked as %s', (approver, voter) => {
    expect(judge({ approvers: [approver] }, { voter })).toMatchObject({ kind: 'vote', outcome: 'granted' });
  });

  it.each([
    ['another person', ['user:per_cy']],
    ['another group', ['group:soc-mail']],
    ['a role they do not have', ['role:admin']],
    ['a group of the same name as their on-call', ['oncall:soc-tier2']],
    ['a word of no known kind', ['team:soc-tier2']],
    ['the bare name of the group', ['soc-tier2']],
    ['nobody', []],
  ])('is not meant when %s is asked', (_who, approvers) => {
    expect(judge({ approvers })).toMatchObject(refused('approval/not-named'));
    expect(judge({ approvers }, { answer: no })).toMatchObject(refused('approval/not-named'));
  });
});

describe('who may never decide', () => {
  it('is whoever started the run or last edited the playbook, also to deny', () => {
    expect(judge({ excluded: ['per_bo'] })).toMatchObject(refused('approval/separation'));
    expect(judge({ excluded: ['per_bo'] }, { answer: no })).toMatchObject(refused('approval/separation'));
    expect(judge({ excluded: ['per_bo'] }, { voter: cy })).toMatchObject({ outcome: 'granted' });
  });

  it('is an administrator who started the run', () => {
    const admin = person('bo', { roles: ['admin', 'operator', 'approver'] });
    expect(judge({ excluded: ['per_bo'] }, { voter: admin })).toMatchObject(refused('approval/separation'));
  });

  it('is a service, even one with every role and in every group', () => {
    const service: Voter = { ...person('bo'), kind: 'service', id: 'tok_1', roles: ['admin', 'approver'] };
    expect(judge({}, { voter: service })).toMatchObject(refused('approval/needs-person'));
    expect(judge({}, { voter: { ...service, personId: null } })).toMatchObject(
      refused('approval/needs-person'),
    );
  });

  it('is somebody without a person behind them', () => {
    expect(judge({}, { voter: { ...bo, personId: null } })).toMatchObject(refused('approval/needs-person'));
  });

  it('is a person who was switched off', () => {
    expect(judge({}, { voter: person('bo', { active: false }) })).toMatchObject(
      refused('approval/not-named'),
    );
  });

  it('is a person who is named but has no right to decide anything', () => {
    expect(judge({}, { voter: person('bo', { roles: ['viewer'] }) })).toMatchObject(
      refused('auth/forbidden'),
    );
  });
});

describe('what was seen', () => {
  it('is what is decided: another digest changes nothing', () => {
    const other = `sha256:${'b'.repeat(64)}`;
    for (const answer of [
      { ...yes, digest: other },
      { ...no, digest: other },
      { ...yes, digest: '' },
    ])
      expect(judge({}, { answer })).toMatchObject(refused('approval/digest-mismatch'));
  });

  it('must be everything: what could not be shown in full cannot be approved, only denied', () => {
    const change = { unshowable: 'the arguments are too long to be shown in full' };
    expect(judge(change)).toMatchObject(refused('approval/not-shown'));
    expect(judge(change, { answer: no })).toMatchObject({ kind: 'vote', outcome: 'denied' });
  });
});

describe('a comment', () => {
  it.each([
    ['never', 'approve', true],
    ['never', 'deny', true],
    ['on_deny', 'approve', true],
    ['on_deny', 'deny', false],
    ['always', 'approve', false],
    ['always', 'deny', false],
  ] as const)('with the rule %s: to %s without one is accepted: %s', (requireComment, decision, accepted) => {
    for (const comment of [null, '', ' \n\t ']) {
      const verdict = judge({ requireComment }, { answer: { decision, digest, comment } });
      if (accepted) expect(verdict.kind).toBe('vote');
      else expect(verdict).toMatchObject(refused('approval/comment-required'));
    }
    expect(judge({ requireComment }, { answer: { decision, digest, comment: 'seen' } }).kind).toBe('vote');
  });
});

describe('a quorum', () => {
  it('needs so many different people', () => {
    expect(judge({ quorum: 2 })).toEqual({ kind: 'vote', outcome: 'pending', votes: 1, instead: false });
    expect(judge({ quorum: 2 }, { votes: [said(bo)], voter: cy })).toEqual({
      kind: 'vote',
      outcome: 'granted',
      votes: 2,
      instead: false,
    });
  });

  it('is for a yes: one authorised no ends the question, whatever was said before', () => {
    expect(judge({ quorum: 3 }, { votes: [said(bo)], voter: cy, answer: no })).toMatchObject({
      kind: 'vote',
      outcome: 'denied',
    });
  });

  it('is not reached by one person twice, nor by one person in two of the groups', () => {
    const twice = person('bo', { groups: ['soc-tier2', 'soc-lead'] });
    const change = { quorum: 2, approvers: ['group:soc-tier2', 'group:soc-lead', 'user:per_bo'] };
    expect(judge(change, { voter: twice })).toEqual({
      kind: 'vote',
      outcome: 'pending',
      votes: 1,
      instead: false,
    });
    expect(judge(change, { votes: [said(twice)], voter: twice })).toEqual({
      kind: 'repeat',
      votes: 1,
      stands: true,
    });
    // Even if two rows of one person got into the database.
    expect(judge({ ...change, quorum: 3 }, { votes: [said(twice), said(twice)], voter: cy })).toEqual({
      kind: 'vote',
      outcome: 'pending',
      votes: 2,
      instead: false,
    });
  });

  it.each<[string, Partial<Voter>]>([
    ['lost the group', { groups: [] }],
    ['lost the role', { roles: ['viewer'] }],
    ['was switched off', { active: false }],
    ['turned into a service', { kind: 'service' }],
  ])('does not count the vote of a person who meanwhile %s', (_what, change) => {
    expect(judge({ quorum: 2 }, { votes: [said(person('bo', change))], voter: cy })).toEqual({
      kind: 'vote',
      outcome: 'pending',
      votes: 1,
      instead: false,
    });
  });

  it('does not count the vote of a person who is excluded by now', () => {
    expect(judge({ quorum: 2, excluded: ['per_bo'] }, { votes: [said(bo)], voter: cy })).toMatchObject({
      outcome: 'pending',
      votes: 1,
    });
  });
});

describe('time', () => {
  it('is over at the instant of the deadline, for yes and for no', () => {
    const at = question.approveBeforeMs;
    expect(judge({}, { at: at - 1 })).toMatchObject({ kind: 'vote' });
    expect(judge({}, { at })).toMatchObject(refused('approval/expired'));
    expect(judge({}, { at, answer: no })).toMatchObject(refused('approval/expired'));
  });
});

describe('a second answer', () => {
  it('of the same person that says the same is answered as the first time', () => {
    expect(judge({ quorum: 2 }, { votes: [said(bo)] })).toEqual({ kind: 'repeat', votes: 1, stands: true });
    expect(judge({ state: 'granted' }, { votes: [said(bo)] })).toEqual({
      kind: 'repeat',
      votes: 1,
      stands: true,
    });
    expect(judge({ state: 'denied' }, { votes: [said(bo, 'deny')], answer: no })).toEqual({
      kind: 'repeat',
      votes: 0,
      stands: true,
    });
  });

  it('of the same person that says the same about something else is not', () => {
    const answer = { ...yes, digest: `sha256:${'b'.repeat(64)}` };
    expect(judge({ quorum: 2 }, { votes: [said(bo)], answer })).toMatchObject(
      refused('approval/digest-mismatch'),
    );
  });

  it('of the same person that says no after a yes takes its place, as long as it is open', () => {
    expect(judge({ quorum: 3 }, { votes: [said(cy), said(bo)], answer: no })).toEqual({
      kind: 'vote',
      outcome: 'denied',
      votes: 1,
      instead: true,
    });
    for (const answer of [no, { ...no, comment: null }])
      expect(judge({ state: 'granted', quorum: 2 }, { votes: [said(cy), said(bo)], answer })).toMatchObject(
        refused('approval/already-decided'),
      );
    expect(judge({ quorum: 2 }, { votes: [said(bo)], answer: { ...no, comment: null } })).toMatchObject(
      refused('approval/comment-required'),
    );
  });

  it('of the same person that says yes after a no does not count', () => {
    expect(judge({ quorum: 2 }, { votes: [said(bo, 'deny')] })).toMatchObject(
      refused('approval/already-decided'),
    );
  });

  it.each(['granted', 'denied', 'expired', 'cancelled', 'superseded'] as const)(
    'after the outcome %s changes nothing, whoever gives it',
    (state) => {
      for (const answer of [yes, no])
        expect(judge({ state }, { votes: [said(bo)], voter: cy, answer })).toMatchObject(
          refused('approval/already-decided'),
        );
    },
  );

  it('is not told to a stranger: who may not decide learns only that', () => {
    const stranger = person('eve', { groups: [] });
    expect(judge({ state: 'granted' }, { voter: stranger })).toMatchObject(refused('approval/not-named'));
  });
});

describe('a yes that was taken back', () => {
  it('is known by its round when it comes once more, also when the question has ended', () => {
    const old = { kind: 'repeat', votes: 0, stands: false };
    expect(judge({ quorum: 2 }, { tookBack: 1 })).toEqual(old);
    expect(judge({ state: 'denied' }, { tookBack: 1 })).toEqual(old);
    expect(judge({ quorum: 2 }, { tookBack: 1, answer: { ...yes, round: 1 } })).toMatchObject({
      kind: 'vote',
    });
    expect(judge({}, { answer: { ...yes, round: 1 } })).toMatchObject(refused('request/invalid'));
  });

  it('says nothing about a no, which always counts', () => {
    expect(judge({ quorum: 2 }, { tookBack: 1, answer: no })).toMatchObject({ outcome: 'denied' });
  });
});
