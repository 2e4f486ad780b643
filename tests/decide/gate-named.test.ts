import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import type { PlanStep } from '../../engine/core/contracts/plan.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import {
  actionStep,
  type Playing,
  planOf,
  play,
  repeatStep,
  runScope,
  someApproval,
  step,
} from './build-plan.ts';
import { contradictions } from './contradictions.ts';
import { World } from './play-world.ts';

/* What goes out because a gate was told yes names that yes and what it was about, and never one that it did not go out on. */

const start = { type: 'run.started' } as const;
const ref = 'run/a';
const gate = (covers: string[], id = 'gate') => step('approval', id, { approval: someApproval, covers });
const granted = (of: string, id: string): RunEvent => ({
  type: 'approval.granted',
  ref: of,
  approvalId: id as ApprovalId,
  by: ['per_1'],
  comment: '',
  executeBeforeMs: 10_000_000,
});
const ofGate = granted('run/gate', 'apr_gate');
const ofStep = granted(ref, 'apr_own');

function digestOf({ last }: Playing): string {
  const asked = last.commands.findLast((command) => command.kind === 'request-approval');
  if (asked?.kind !== 'request-approval') throw new Error('nobody was asked');
  return asked.request.digest;
}

const said = (entries: EntryDraft[], type: EntryDraft['type']) =>
  entries
    .filter((entry) => entry.type === type)
    .map(({ approvalId, planDigest }) => ({ approvalId, planDigest }));

const nothing = { approvalId: undefined, planDigest: undefined };

/** Asked at the gate; what is behind it waits for its guards, which answer when they are told to. */
function gated(steps: PlanStep[] = [gate([ref]), actionStep('a')]) {
  const run = play(planOf(steps), { guards: 'by-hand' });
  run.send(start);
  return { run, planDigest: digestOf(run) };
}

describe('an action that a gate covers', () => {
  it('names the yes of its gate from its rendering to its outcome, retries included', () => {
    const { run, planDigest } = gated();
    const about = { approvalId: 'apr_gate', planDigest };
    expect(said(run.send(ofGate).entries, 'action.rendered')).toEqual([about]);
    expect(said(run.send({ type: 'guard.allowed', ref }).entries, 'action.attempted')).toEqual([about]);
    const failure = { code: 'unavailable', kind: 'retryable', message: 'down' } as const;
    const failed = run.send({ type: 'action.failed', ref, attempt: 1, failure });
    expect(said(failed.entries, 'action.failed')).toEqual([about]);
    run.send({ type: 'deadline.passed', ref, deadline: 'delay', seq: 1, claimed: false });
    expect(said(run.send({ type: 'guard.allowed', ref }).entries, 'action.attempted')).toEqual([about]);
    const done = run.send({ type: 'action.succeeded', ref, attempt: 2, outputs: {}, changed: true });
    expect(said(done.entries, 'action.succeeded')).toEqual([about]);
  });

  it('names the question that was granted, not an earlier one that had changed by then', () => {
    const action = actionStep('a', { with: { host_id: { t: 'expr', expr: 'string(now())' } } });
    const run = play(planOf([gate([ref]), action]));
    run.send(start);
    const before = digestOf(run);
    run.nowMs = 60_000;
    run.send(granted('run/gate', 'apr_before'));
    const planDigest = digestOf(run);
    expect(planDigest).not.toBe(before);
    const { entries } = run.send(ofGate);
    expect(said(entries, 'action.attempted')).toEqual([{ approvalId: 'apr_gate', planDigest }]);
  });

  it('that renders differently at its turn names its own yes, and until then none', () => {
    const change = step('set', 'change', { values: { host: { t: 'literal', value: 'H99' } } });
    const action = actionStep('a', { with: { host_id: { t: 'expr', expr: 'vars.host' } } });
    const vars = [{ name: 'host', value: { t: 'literal' as const, value: 'H1' } }];
    const run = play(planOf([gate([ref]), change, action], { vars }));
    run.send(start);
    expect(said(run.send(ofGate).entries, 'action.rendered')).toEqual([nothing]);
    const planDigest = digestOf(run);
    expect(said(run.send(ofStep).entries, 'action.attempted')).toEqual([
      { approvalId: 'apr_own', planDigest },
    ]);
  });

  it('that the operator wants asked on other terms names the yes that this got', () => {
    const { run } = gated();
    run.send(ofGate);
    const terms = { approvers: ['group:tier2'], quorum: 2 };
    run.send({ type: 'guard.ask', ref, guardId: 'two', message: 'two of them', terms });
    const planDigest = digestOf(run);
    run.send(ofStep);
    const { entries } = run.send({ type: 'guard.ask', ref, guardId: 'two', message: 'two of them', terms });
    expect(said(entries, 'action.attempted')).toEqual([{ approvalId: 'apr_own', planDigest }]);
  });

  it('goes back to the yes of its gate, and names it, when its own was given on other terms than are wanted', () => {
    const { run, planDigest } = gated();
    run.send(ofGate);
    run.send({
      type: 'guard.ask',
      ref,
      guardId: 'few',
      message: 'a wave',
      terms: { approvers: ['group:tier2'], quorum: 1 },
    });
    run.send(ofStep);
    const { entries } = run.send({
      type: 'guard.ask',
      ref,
      guardId: 'few',
      message: 'a wave',
      terms: { approvers: someApproval.approvers, quorum: 1 },
    });
    expect(said(entries, 'action.attempted')).toEqual([{ approvalId: 'apr_gate', planDigest }]);
  });

  it('in a round of a repeat names the yes of that round', () => {
    const rounds = repeatStep('poll', [
      { ...gate(['run/poll/a']), path: 'run/poll/gate' },
      actionStep('a', { path: 'run/poll/a' }),
    ]);
    const world = new World(planOf([rounds])).start();
    world.grant('run/poll#1/gate').succeed('run/poll#1/a');
    const [asked] = world.ordered('request-approval');
    const about = { approvalId: 'apr_1', planDigest: asked?.request.digest };
    expect(said(world.entries, 'action.attempted')).toEqual([about]);
    expect(contradictions(world.entries)).toEqual([]);
  });

  it('names none in a run that was stored before gates remembered what they were asked about', () => {
    const { run } = gated();
    run.send(ofGate);
    const { digest: _, ...before } = run.snapshot.context.covered[ref] ?? {};
    const { context } = run.snapshot;
    const snapshot = { ...run.snapshot, context: { ...context, covered: { [ref]: before as never } } };
    const later = play(planOf([gate([ref]), actionStep('a')]), { guards: 'by-hand', snapshot });
    const { entries } = later.send({ type: 'guard.allowed', ref });
    expect(said(entries, 'action.attempted')).toEqual([nothing]);
  });

  it('names none where nobody was asked', () => {
    const run = play(planOf([gate([ref]), actionStep('a')]), { given: { mode: 'audit' } });
    expect(said(run.send(start).entries, 'action.simulated')).toEqual([nothing]);
  });
});

describe('a yes in front of an action that does not stand any more', () => {
  const voided: RunEvent = {
    type: 'approval.voided',
    ref,
    approvalId: 'apr_gate' as ApprovalId,
    code: 'approval/grant-void',
    message: 'per_1 said yes and may not any more',
  };
  const terms = { approvers: someApproval.approvers, quorum: 1 };

  /** The guardrails changed: the new yes is not enough, and the one before is none. */
  function outgrow(run: Playing) {
    run.send(ofStep);
    const { entries } = run.send({ type: 'guard.ask', ref, guardId: 'new', message: 'on our terms', terms });
    expect(said(entries, 'action.attempted')).toEqual([]);
    expect(run.orders()).toContain('request-approval');
  }

  it('of a gate: is named as what it was, and lets nothing out later, whatever becomes of the next', () => {
    const { run, planDigest } = gated();
    run.send(ofGate);
    const { entries } = run.send(voided);
    expect(said(entries, 'approval.voided')).toEqual([{ approvalId: 'apr_gate', planDigest }]);
    outgrow(run);
  });

  it('of a list: lets nothing out later either', () => {
    const approval = {
      by: ['per_1'],
      comment: '',
      decidedAt: '1970-01-01T00:00:01.000Z',
      approvalId: 'apr_gate',
      digest: `sha256:${'0'.repeat(64)}`,
      under: { approvers: someApproval.approvers, quorum: 1, budgets: [] },
    };
    const frame = { names: {}, facts: {}, approval, undo: null };
    const run = play(planOf([actionStep('a')]), { guards: 'by-hand', scope: { ...runScope, frame } });
    run.send(start);
    run.send(voided);
    outgrow(run);
  });
});

describe('what an approver changed back to what a gate was told yes to', () => {
  it('is asked about like any other change', () => {
    const change = step('set', 'change', { values: { host: { t: 'literal', value: 'H99' } } });
    const action = actionStep('a', {
      with: { host_id: { t: 'expr', expr: 'vars.host' } },
      approval: { ...someApproval, editable: ['host_id'] },
    });
    const vars = [{ name: 'host', value: { t: 'literal' as const, value: 'H1' } }];
    const run = play(planOf([gate([ref]), change, action], { vars }));
    run.send(start);
    run.send(ofGate);
    const { entries } = run.send({
      type: 'approval.edited',
      ref,
      approvalId: 'apr_own' as ApprovalId,
      by: 'per_1',
      values: { host_id: 'H1' },
      comment: '',
    });
    expect(said(entries, 'action.attempted')).toEqual([]);
    expect(run.orders()).toContain('request-approval');
  });
});
