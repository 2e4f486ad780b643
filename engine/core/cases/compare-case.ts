import type { AskedApproval, Expectation } from '../../../schemas/cases-v1.generated.ts';
import type { Json } from '../../../schemas/json.ts';
import { evaluate } from '../expression/evaluate.ts';
import { glob } from '../expression/functions/glob.ts';
import { compareLists, type Row } from './compare-lists.ts';
import { comparePerformed, isStep, showPerformed, showTarget } from './compare-performed.ts';
import { showOffset } from './instant.ts';
import type { Asked } from './offline-run.ts';
import { isSameValue, showValue } from './same-value.ts';
import type { Story } from './story.ts';

/*
 * A story against what was expected of it. Everything that differs is told at once, each with its
 * place in the file, in rows of a diff: `-` expected, `+` what came.
 */
export interface Difference {
  /** Below `expect`: `performed`, `steps/isolate`. */
  field: string;
  rows: string[];
}

export function compareCase(expected: Expectation, story: Story): Difference[] {
  const found: Difference[] = [];
  const add = (field: string, rows: string[]) => {
    if (rows.length > 0) found.push({ field, rows });
  };
  const one = (field: string, wanted: Json | undefined, had: Json | undefined, why = '') => {
    if (wanted === undefined || isSameValue(wanted, had)) return;
    add(field, [`- ${showValue(wanted)}`, `+ ${showValue(had)}${why}`]);
  };
  const reason = story.reason === '' ? '' : `   because: ${story.reason}`;
  one('run', expected.run, story.state, reason);
  one('reason', expected.reason, story.reason);
  for (const [step, status] of Object.entries(expected.steps ?? {})) {
    one(`steps/${step}`, status, statusOf(story, step));
  }
  if (expected.performed !== undefined)
    add('performed', comparePerformed(expected.performed, story.performed));
  for (const [index, pattern] of (expected.never ?? []).entries()) {
    const met = story.performed.filter((each) => glob(each.action, pattern));
    add(
      `never/${index}`,
      met.length === 0 ? [] : [`- never ${pattern}`, ...met.map((each) => `+ ${showPerformed(each)}`)],
    );
  }
  if (expected.approvals !== undefined) add('approvals', compareApprovals(expected.approvals, story));
  for (const [name, value] of Object.entries(expected.outputs ?? {}))
    one(`outputs/${name}`, value, story.outputs[name]);
  if (expected.holds !== undefined) add('holds', compareHolds(expected.holds, story));
  for (const [index, condition] of (expected.check ?? []).entries())
    add(`check/${index}`, judge(condition, story));
  return found;
}

function statusOf(story: Story, step: string): string {
  const exact = story.steps.get(step);
  if (exact !== undefined) return exact;
  const named = [...story.steps].filter(([name]) => !name.includes('/') && isStep(step, name));
  return named[0]?.[1] ?? 'pending';
}

function compareApprovals(expected: readonly AskedApproval[], story: Story): string[] {
  const rows = compareLists(expected, story.asked, (wanted, had) => isAsked(wanted, had, story.startMs));
  if (rows.every((row) => row.kind === 'both')) return [];
  return rows.map((row) => showAskedRow(row, story.startMs));
}

function showAskedRow(row: Row<AskedApproval, Asked>, startMs: number): string {
  switch (row.kind) {
    case 'both':
      return `  ${showAsked(row.had, row.wanted, startMs)}`;
    case 'missing':
      return `- ${showWanted(row.wanted)}`;
    case 'extra':
      return `+ ${showAsked(row.had, {}, startMs)}`;
  }
}

function isAsked(wanted: AskedApproval, had: Asked, startMs: number): boolean {
  const { step, ...fields } = wanted;
  const facts = factsOf(had, startMs);
  return (
    isStep(step, had.step) && Object.entries(fields).every(([name, value]) => isSameValue(value, facts[name]))
  );
}

function factsOf(asked: Asked, startMs: number): { [name: string]: Json } {
  return {
    outcome: asked.state,
    approvers: asked.request.approvers,
    quorum: asked.request.quorum,
    question: asked.request.card.question,
    by: asked.by,
    asked_at: showOffset(asked.askedAtMs - startMs),
    ...(asked.endedAtMs === null ? {} : { ended_at: showOffset(asked.endedAtMs - startMs) }),
    escalated: asked.escalated,
  };
}

function showWanted({ step, ...fields }: AskedApproval): string {
  return [step, ...Object.entries(fields).map(([name, value]) => `${name}=${showValue(value)}`)].join(' ');
}

/** With the fields that the expectation names, or with all of them. */
function showAsked(asked: Asked, wanted: Partial<AskedApproval>, startMs: number): string {
  const facts = factsOf(asked, startMs);
  const named = Object.keys(wanted).filter((name) => name !== 'step');
  const shown = named.length > 0 ? named : Object.keys(facts);
  return [asked.step, ...shown.map((name) => `${name}=${showValue(facts[name])}`)].join(' ');
}

function compareHolds(expected: NonNullable<Expectation['holds']>, story: Story): string[] {
  const rows = compareLists(
    expected,
    story.holds,
    (wanted, had) =>
      wanted.effect === had.effect &&
      wanted.target === showTarget(had.target) &&
      (wanted.origin === undefined || wanted.origin === had.origin),
  );
  if (rows.every((row) => row.kind === 'both')) return [];
  return rows.map((row) =>
    row.kind === 'missing'
      ? `- ${row.wanted.effect} on ${row.wanted.target}`
      : `${row.kind === 'both' ? ' ' : '+'} ${row.had.effect} on ${showTarget(row.had.target)}`,
  );
}

function judge(condition: string, story: Story): string[] {
  if (story.names === null) return [`- ${condition}`, '+ nothing started, so there is nothing to look at'];
  const judged = evaluate(condition, story.names);
  if (judged.ok && judged.value === true) return [];
  return [`- ${condition}`, `+ ${judged.ok ? showValue(judged.value) : judged.message}`];
}
