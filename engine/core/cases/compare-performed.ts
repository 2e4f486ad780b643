import type { PerformedAction } from '../../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { compareLists, type Row } from './compare-lists.ts';
import { type Performed, planName } from './offline-run.ts';
import { isSameValue, showValue } from './same-value.ts';

/*
 * What was done against what should have been done. Exact and in order for everything that changes a
 * target; what only reads or tells is compared as far as it is listed.
 */

const exact: ReadonlySet<Performed['class']> = new Set(['contain', 'eradicate', 'restore']);

/** Rows of a diff, empty when everything is as expected. */
export function comparePerformed(
  expected: readonly PerformedAction[],
  performed: readonly Performed[],
): string[] {
  const wanted = expected.flatMap((each) => Array.from({ length: each.times ?? 1 }, () => each));
  const had = performed.filter((each) => exact.has(each.class) || wanted.some((want) => matches(want, each)));
  const rows = compareLists(wanted, had, matches);
  if (rows.every((row) => row.kind === 'both')) return [];
  return rows.flatMap((row) => showRow(row, performed));
}

function showRow(row: Row<PerformedAction, Performed>, performed: readonly Performed[]): string[] {
  switch (row.kind) {
    case 'both':
      return [`  ${showPerformed(row.had)}`];
    case 'missing':
      return [`- ${showExpected(row.wanted)}`, ...nearby(row.wanted, performed)];
    case 'extra':
      return [`+ ${showPerformed(row.had)}`];
  }
}

export function isExact(performed: Performed): boolean {
  return exact.has(performed.class);
}

function matches(wanted: PerformedAction, had: Performed): boolean {
  return (
    wanted.action === had.action &&
    (wanted.step === undefined || isStep(wanted.step, had.step)) &&
    (wanted.target === undefined || wanted.target === showTarget(had.target)) &&
    (wanted.outcome ?? 'succeeded') === had.outcome &&
    (wanted.undo_of === undefined ? true : had.undoOf !== null && isStep(wanted.undo_of, had.undoOf)) &&
    Object.entries(wanted.with ?? {}).every(([name, value]) => isSameValue(value, had.with[name]))
  );
}

/** By full name, by the plan's name, or by id where no playbook was called. */
export function isStep(written: string, name: string): boolean {
  const plan = planName(name);
  return written === name || written === plan || written === plan.slice(plan.lastIndexOf('/') + 1);
}

/** The same action done otherwise, when it is not in the diff anyway. */
function nearby(wanted: PerformedAction, performed: readonly Performed[]): string[] {
  const same = performed.filter((each) => each.action === wanted.action && !exact.has(each.class));
  return same.slice(0, 3).map((each) => `    seen: ${showPerformed(each)}`);
}

export function showPerformed(each: Performed): string {
  const words = [each.action, showTarget(each.target), `(${each.step}`];
  if (each.undoOf !== null) words.push(`takes back ${each.undoOf}`);
  return `${words.filter((word) => word !== '').join(' ')})${showOutcome(each.outcome)} ${showArguments(each.with)}`;
}

function showExpected(each: PerformedAction): string {
  const words = [each.action, each.target ?? ''];
  const step = each.step === undefined ? '' : each.step;
  const undo = each.undo_of === undefined ? '' : `takes back ${each.undo_of}`;
  const about = [step, undo].filter((word) => word !== '').join(' ');
  const text = words.filter((word) => word !== '').join(' ') + (about === '' ? '' : ` (${about})`);
  return `${text}${showOutcome(each.outcome ?? 'succeeded')}${each.with === undefined ? '' : ` ${showArguments(each.with)}`}`;
}

function showOutcome(outcome: Performed['outcome']): string {
  return outcome === 'succeeded' ? '' : ` ${outcome}`;
}

function showArguments(given: JsonObject): string {
  return Object.entries(given)
    .map(([name, value]) => `${name}=${showValue(value)}`)
    .join(' ');
}

export function showTarget(target: { kind: string; id: string } | null): string {
  return target === null ? '' : `${target.kind}:${target.id}`;
}
