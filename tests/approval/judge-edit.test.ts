import { describe, expect, it } from 'vitest';
import type { Question, Voter } from '../../engine/core/approval/judge-approval.ts';
import { type Edit, judgeEdit } from '../../engine/core/approval/judge-edit.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const question: Question = {
  state: 'pending',
  digest,
  approvers: ['group:soc'],
  quorum: 2,
  glassQuorum: 1,
  excluded: ['per_starter'],
  requireComment: 'on_deny',
  approveBeforeMs: 1_000,
  unshowable: null,
};
const bo: Voter = {
  kind: 'person',
  id: 'per_bo',
  personId: 'per_bo',
  email: null,
  roles: ['approver'],
  groups: ['soc'],
  active: true,
};
const editable = {
  names: ['scope'],
  arguments: { host_id: 'H1', scope: 'full' },
  input: {
    type: 'object',
    properties: { host_id: { type: 'string' }, scope: { enum: ['full', 'selective'] } },
    required: ['host_id'],
    additionalProperties: false,
  },
};
const edit: Edit = { values: { scope: 'selective' }, digest, comment: null };
const judge = (change: {
  question?: Partial<Question>;
  voter?: Partial<Voter>;
  edit?: Partial<Edit>;
  nowMs?: number;
}) =>
  judgeEdit(
    { ...question, ...change.question },
    editable,
    { ...bo, ...change.voter },
    { ...edit, ...change.edit },
    change.nowMs ?? 0,
  );

describe('a change of arguments', () => {
  it('is taken from whoever may decide, and says what was there before', () => {
    expect(judge({})).toEqual({
      kind: 'edit',
      values: { scope: 'selective' },
      before: { scope: 'full' },
    });
  });
  it('also of something that cannot be shown in full: the new form is shown again', () => {
    expect(judge({ question: { unshowable: 'too long' } }).kind).toBe('edit');
  });
  it.each([
    ['by a service', { voter: { kind: 'service', personId: null } as const }, 'approval/needs-person'],
    ['by whoever started the run', { voter: { personId: 'per_starter' } }, 'approval/separation'],
    ['by somebody who is not asked', { voter: { groups: ['other'] } }, 'approval/not-named'],
    ['by somebody who left', { voter: { active: false } }, 'approval/not-named'],
    ['by somebody without the right', { voter: { roles: ['viewer'] } }, 'auth/forbidden'],
    ['after a grant', { question: { state: 'granted' } as const }, 'approval/already-decided'],
    ['after another change', { question: { state: 'superseded' } as const }, 'approval/already-decided'],
    ['after its time', { nowMs: 1_000 }, 'approval/expired'],
    ['of another digest', { edit: { digest: 'sha256:b' } }, 'approval/digest-mismatch'],
    ['of an argument that is not editable', { edit: { values: { host_id: 'H2' } } }, 'approval/not-editable'],
    [
      'of one that is and one that is not',
      { edit: { values: { scope: 'selective', host_id: 'H2' } } },
      'approval/not-editable',
    ],
    ['to a value that does not fit', { edit: { values: { scope: 'none' } } }, 'approval/edit-rejected'],
    ['to what it is already', { edit: { values: { scope: 'full' } } }, 'approval/edit-rejected'],
    ['that changes nothing', { edit: { values: {} } }, 'approval/edit-rejected'],
    [
      'without a comment where one is always asked for',
      { question: { requireComment: 'always' } as const },
      'approval/comment-required',
    ],
  ])('%s is refused', (_what, change, code) => {
    expect(judge(change)).toMatchObject({ kind: 'refuse', code });
  });
});
