import type { Plan, PlanGuard } from '../contracts/plan.ts';
import { showDuration } from '../preview/show-duration.ts';
import { type At, type Changes, isSame, type Risk, riskOfNumber, riskOfSet } from './change.ts';
import { compareConditions } from './compare-conditions.ts';

/** The playbook's own guards in two versions. Denying or bounding less is bolder. */
export function compareGuards(changes: Changes, before: Plan, after: Plan): void {
  const place = (plan: Plan, id: string) => {
    const index = plan.guards.findIndex((each) => each.id === id);
    return index === -1 ? null : `/guards/${index}`;
  };
  for (const id of new Set([...before.guards, ...after.guards].map((each) => each.id))) {
    const at: At = { before: place(before, id), after: place(after, id) };
    const one = before.guards.find((each) => each.id === id);
    const other = after.guards.find((each) => each.id === id);
    const add: Add = (kind, risk, what) => changes.add(at, kind, risk, `guard ${id}: ${what}`);
    if (one === undefined && other !== undefined)
      add('guard-added', 'careful', `guards ${other.appliesTo.join(', ')}`);
    else if (one !== undefined && other === undefined)
      add('guard-removed', 'bolder', `guards ${one.appliesTo.join(', ')} no more`);
    else if (one !== undefined && other !== undefined) compareGuard(add, one, other);
  }
}

type Add = (kind: string, risk: Risk, what: string) => void;

function compareGuard(add: Add, before: PlanGuard, after: PlanGuard): void {
  const applies = riskOfSet(before.appliesTo, after.appliesTo, 'careful');
  if (!isSame(before.appliesTo, after.appliesTo))
    add(
      'guard-applies',
      applies,
      `guards ${after.appliesTo.join(', ')} instead of ${before.appliesTo.join(', ')}`,
    );
  if ((before.denyIf === null) !== (after.denyIf === null)) {
    add(
      'guard-changed',
      'bolder',
      after.denyIf === null ? 'bounds instead of denying' : 'denies instead of bounding',
    );
    return;
  }
  if (before.denyIf !== null && after.denyIf !== null) {
    if (before.denyIf !== after.denyIf) {
      const deny = compareConditions(before.denyIf, after.denyIf);
      const words = {
        same: 'denies the same',
        wider: 'denies more',
        narrower: 'denies less',
        other: 'denies something else',
      }[deny];
      add(
        'guard-condition',
        deny === 'same' ? 'neutral' : deny === 'wider' ? 'careful' : 'bolder',
        `${words}: ${before.denyIf} → ${after.denyIf}`,
      );
    }
  }
  if (before.limit !== null && after.limit !== null && !isSame(before.limit, after.limit)) {
    const targets = riskOfNumber(before.limit.targets, after.limit.targets, 'bolder');
    const time = riskOfNumber(before.limit.perMs, after.limit.perMs, 'careful');
    const exceed =
      before.limit.onExceed === after.limit.onExceed
        ? 'neutral'
        : after.limit.onExceed === 'ask'
          ? 'bolder'
          : 'careful';
    const all: Risk[] = [
      targets,
      time,
      exceed,
      before.limit.scope === after.limit.scope ? 'neutral' : 'bolder',
    ];
    const risk = all.includes('bolder') ? 'bolder' : 'careful';
    const show = (limit: NonNullable<PlanGuard['limit']>) =>
      `${limit.targets} targets per ${showDuration(limit.perMs)} and ${limit.scope}, then ${limit.onExceed}`;
    add('limit-changed', risk, `${show(after.limit)} instead of ${show(before.limit)}`);
  }
  if (before.message !== after.message) add('guard-message', 'neutral', 'says it in other words');
}
