import type { Plan, PlanTrigger } from '../contracts/plan.ts';
import { type At, type Changes, isSame, type Risk, riskOfSet } from './change.ts';
import { compareConditions } from './compare-conditions.ts';

/** What can start the playbook, in two versions. Starting more often is bolder. */
export function compareTriggers(changes: Changes, before: Plan, after: Plan): void {
  const place = (plan: Plan, id: string) => {
    const index = plan.triggers.findIndex((each) => each.id === id);
    return index === -1 ? null : `/triggers/${index}`;
  };
  const ids = [...new Set([...before.triggers, ...after.triggers].map(({ id }) => id))];
  for (const id of ids) {
    const at: At = { before: place(before, id), after: place(after, id) };
    const one = before.triggers.find((each) => each.id === id);
    const other = after.triggers.find((each) => each.id === id);
    const add: Add = (kind, risk, what) => changes.add(at, kind, risk, `trigger ${id}: ${what}`);
    if (one === undefined && other !== undefined) {
      const when = other.match === null ? '' : ` when ${other.match}`;
      add('trigger-added', other.enabled ? 'bolder' : 'neutral', `starts on ${other.type}${when}`);
    } else if (one !== undefined && other === undefined) {
      add('trigger-removed', 'careful', `starts nothing on ${one.type} any more`);
    } else if (one !== undefined && other !== undefined) compareTrigger(add, one, other);
  }
}

type Add = (kind: string, risk: Risk, what: string) => void;

function compareTrigger(add: Add, before: PlanTrigger, after: PlanTrigger): void {
  if (before.type !== after.type) add('trigger-type', 'bolder', `${after.type} instead of ${before.type}`);
  if (before.match !== after.match) {
    const match = compareConditions(before.match, after.match);
    const words = {
      same: 'starts on the same events',
      wider: 'starts on more events',
      narrower: 'starts on fewer events',
      other: 'starts on other events',
    }[match];
    add(
      'trigger-match',
      match === 'same' ? 'neutral' : match === 'narrower' ? 'careful' : 'bolder',
      `${words}: ${before.match ?? 'always'} → ${after.match ?? 'always'}`,
    );
  }
  if (before.each !== after.each)
    add(
      'trigger-each',
      'bolder',
      `a run for each of ${after.each ?? 'nothing, one in all'} instead of ${before.each ?? 'one in all'}`,
    );
  if (before.enabled !== after.enabled)
    add(
      'trigger-enabled',
      after.enabled ? 'bolder' : 'careful',
      after.enabled ? 'is switched on' : 'is switched off',
    );
  if (before.expires !== after.expires) {
    const never = '9999-12-31';
    const later = (after.expires ?? never) > (before.expires ?? never);
    add(
      'trigger-expires',
      later ? 'bolder' : 'careful',
      `ends ${after.expires ?? 'never'} instead of ${before.expires ?? 'never'}`,
    );
  }
  const targets = riskOfSet(before.targets, after.targets, 'bolder');
  if (!isSame(before.targets, after.targets))
    add('trigger-targets', targets, `is offered for ${after.targets.join(', ') || 'no target'}`);
  if (!isSame(before.allow, after.allow))
    add(
      'trigger-allow',
      riskOfAllow(before.allow, after.allow),
      `may be started by ${after.allow.join(', ') || 'everybody with the right'}`,
    );
  if (before.cron !== after.cron || before.timezone !== after.timezone)
    add('trigger-schedule', 'bolder', `starts at ${after.cron ?? 'no time'} ${after.timezone}`);
  if (before.as !== after.as) add('trigger-as', 'neutral', `calls the element ${after.as}`);
}

/** An empty list allows everybody. */
function riskOfAllow(before: readonly string[], after: readonly string[]): Risk {
  if (after.length === 0) return 'bolder';
  if (before.length === 0) return 'careful';
  return riskOfSet(before, after, 'bolder');
}
