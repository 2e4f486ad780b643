import { describe, expect, it } from 'vitest';
import type { ActionClass } from '../../engine/core/contracts/action.ts';
import { compileGuardrails } from '../../engine/core/guard/compile-guardrails.ts';
import { judgeGuardrails } from '../../engine/core/guard/judge-guardrails.ts';
import { targetsOfShare } from '../../engine/core/guard/share-of-fleet.ts';
import type { JsonObject } from '../../schemas/json.ts';

/* The operator's file above every playbook (language reference 11.1). */

const compile = (body: string) => compileGuardrails(`kind: guardrails/v1\n${body}`, { file: 'g.yaml' });

function judge(
  body: string,
  facts: JsonObject,
  at = '2026-11-26',
  cls: ActionClass = 'contain',
  undoing = false,
  simulated = false,
) {
  const compiled = compile(body);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  const guard = { action: 'edr.isolate-host', arguments: {}, count: 1, target: facts };
  return judgeGuardrails(compiled.guardrails, { class: cls, guard, undoing, simulated }, Date.parse(at));
}

const glass = `protected:
  - { id: glass, match: '"break-glass" in guard.target.tags', classes: [contain], effect: deny, reason: Stay usable, expires: 2026-12-01 }
`;
const servers = (more = '') => `ask:
  - { id: servers, match: guard.target.role == "server", classes: [contain], approvers: ["group:a", "group:b"], quorum: 2 }
${more}`;
const host = { kind: 'host', id: 'h' };

describe('what guardrails say', () => {
  it('denies what is protected, to the end of its last day, and only classes that are named', () => {
    const user = { kind: 'user', id: 'u', tags: ['break-glass'] };
    expect(judge(glass, user)).toMatchObject({ answer: 'deny', id: 'glass', reason: 'Stay usable' });
    expect(judge(glass, user, '2026-12-01T23:59:59Z').answer).toBe('deny');
    expect(judge(glass, user, '2026-12-02').answer).toBe('allow');
    expect(judge(glass, user, '2026-11-26', 'restore').answer).toBe('allow');
    expect(judge(glass, { ...user, tags: [] }).answer).toBe('allow');
  });

  it('denies when a fact that a rule needs is not known', () => {
    expect(judge(glass, { kind: 'user', id: 'u' })).toMatchObject({ answer: 'deny', id: 'glass' });
  });

  it('asks once for several rules: the larger quorum and the people whom all of them name', () => {
    const other = '  - { id: all, match: "true", classes: [contain], approvers: ["group:b"] }\n';
    expect(judge(servers(other), { ...host, role: 'server' })).toMatchObject({
      answer: 'ask',
      id: 'servers, all',
      approvers: ['group:b'],
      quorum: 2,
    });
    const nobody = '  - { id: all, match: "true", classes: [contain], approvers: ["group:c"] }\n';
    expect(judge(servers(nobody), { ...host, role: 'server' }).answer).toBe('deny');
  });

  it('lets a denial win over a question, in whatever order they stand', () => {
    const frozen =
      'freeze:\n  - { id: quarter, from: 2026-11-01T00:00:00Z, to: 2026-11-30T00:00:00Z, classes: [contain], effect: deny }\n';
    expect(judge(servers(frozen), { ...host, role: 'server' })).toMatchObject({
      answer: 'deny',
      id: 'quarter',
    });
    expect(judge(frozen, host, '2026-11-30').answer).toBe('allow');
    expect(judge(frozen, host, '2026-10-31').answer).toBe('allow');
  });

  it('caps boldness, and never what is taken back', () => {
    expect(judge('mode_ceiling: ask\n', host)).toMatchObject({ answer: 'ask', id: 'mode_ceiling' });
    expect(judge('mode_ceiling: audit\n', host).answer).toBe('deny');
    expect(judge('mode_ceiling: audit\n', host, '2026-11-26', 'restore', true).answer).toBe('allow');
    expect(judge('mode_ceiling: audit\n', host, '2026-11-26', 'contain', false, true).answer).toBe('allow');
  });
});

describe('a share of the fleet', () => {
  it.each([
    [0.02, 1, 1],
    [0.02, 49, 1],
    [0.02, 50, 1],
    [0.02, 99, 1],
    [0.02, 100, 2],
    [0.02, 10_000, 200],
    [0.29, 100, 29],
    [0.5, 3, 1],
    [1, 7, 7],
  ])('%f of %i known targets is %i', (share, known, targets) => {
    expect(targetsOfShare(share, known)).toBe(targets);
  });

  it('is no number while nobody knows of how many', () => expect(targetsOfShare(0.5, 0)).toBeNull());
});

describe('a file with mistakes', () => {
  it.each([
    ['ask:\n  - { id: a, match: guard.target.rol == "x", classes: [contain] }', 'compile/unknown-name', 3],
    ['ask:\n  - { id: a, match: inputs.x, classes: [contain] }', 'compile/unknown-name', 3],
    ['ask:\n  - { id: a, match: "true", classes: [read] }', 'compile/invalid-value', 3],
    ['ask:\n  - { id: a, match: "true", classes: [contain], quorm: 2 }', 'compile/unknown-field', 3],
    [
      'limits:\n  - { id: a, classes: [contain], target_kind: host, per: 1h, on_exceed: ask }',
      'compile/missing-field',
      3,
    ],
    [
      'limits:\n  - { id: a, classes: [contain], target_kind: host, targets: 1, per: 0s, on_exceed: ask }',
      'compile/invalid-value',
      3,
    ],
    [
      'freeze:\n  - { id: a, from: 2026-11-02T00:00:00Z, to: 2026-11-01T00:00:00Z, classes: [contain], effect: deny }',
      'compile/invalid-value',
      3,
    ],
    ...['2026-12-30T00:00:00+01', '2026-12-31T23:59:60Z', '2026-12-32T00:00:00Z'].map(
      (to): [string, string, number] => [
        `freeze:\n  - { id: a, from: 2026-11-02T00:00:00Z, to: ${to}, classes: [contain], effect: deny }`,
        'compile/invalid-value',
        3,
      ],
    ),
    [
      'freeze:\n  - { id: a, from: 2026-11-02T00:00:00-05, to: 2026-12-01T00:00:00Z, classes: [contain], effect: deny }',
      'compile/invalid-value',
      3,
    ],
    [
      'freeze:\n  - { id: a, from: 2016-12-31T23:59:60Z, to: 2026-11-01T00:00:00Z, classes: [contain], effect: deny }',
      'compile/invalid-value',
      3,
    ],
  ])('%s', (body, code, line) => {
    const compiled = compile(`${body}\n`);
    expect(compiled.ok).toBe(false);
    expect(compiled.diagnostics.map((each) => [each.code, each.line])).toContainEqual([code, line]);
  });
});
