import { isJsonObject } from '../../../schemas/json.ts';
import { changesTargets, classRank } from '../contracts/action.ts';
import type { ActionStep, Plan, PlanAction, PlanApproval } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { showDuration } from '../preview/show-duration.ts';
import { containsBack } from '../undo/contains-back.ts';
import { type At, type Changes, isSame, type Risk, riskOfNumber, riskOfSet } from './change.ts';
import { compareApproval } from './compare-approval.ts';

/** One action step in two versions: what it does, to whom, who is asked, and how it is taken back. */
export function compareAction(
  changes: Changes,
  at: At,
  before: ActionStep,
  after: ActionStep,
  plan: Plan,
): void {
  const name = after.id.includes('#') ? after.action.key : after.id;
  const add = (kind: string, risk: Risk, what: string) => changes.add(at, kind, risk, `${name}: ${what}`);
  const acts = changesTargets(after.action.class);
  const cannotCompare: Risk = acts ? 'bolder' : 'neutral';
  if (before.action.key !== after.action.key) {
    const [one, other] = [classRank[before.action.class], classRank[after.action.class]];
    const risk = one === other ? cannotCompare : riskOfNumber(one, other, 'bolder');
    add(
      'effect-changed',
      risk,
      `does ${after.action.key} (${after.action.class}) instead of ${before.action.key} (${before.action.class})`,
    );
  } else compareManifest(add, before.action, after.action);
  if (before.connection !== after.connection)
    add(
      'connection-changed',
      cannotCompare,
      `goes through ${after.connection ?? 'the only connection'} instead of ${before.connection ?? 'the only connection'}`,
    );
  compareArguments(add, before, after, cannotCompare);
  compareApproval(changes, at, name, before.approval, after.approval);
  compareFallback(add, before, after);
  // What contains when it is taken back is bolder the sooner that happens.
  const contains = containsBack(plan, after);
  if (contains) compareContainingBack(add, before, after);
  else {
    compareLease(add, before, after);
    compareRollback(add, before, after);
  }
  if (before.retry.maxAttempts !== after.retry.maxAttempts) {
    const repeats = after.action.idempotent === 'no' ? 'bolder' : 'neutral';
    const risk = riskOfNumber(before.retry.maxAttempts, after.retry.maxAttempts, repeats);
    add('retry-changed', risk, `${after.retry.maxAttempts} attempts instead of ${before.retry.maxAttempts}`);
  } else if (!isSame(before.retry, after.retry))
    add('retry-changed', 'neutral', 'tries again at other times');
  if (before.timeoutMs !== after.timeoutMs || before.deadlineMs !== after.deadlineMs) {
    const longer = after.timeoutMs + after.deadlineMs > before.timeoutMs + before.deadlineMs;
    add(
      'waits-changed',
      'neutral',
      `${longer ? 'waits longer' : 'waits less long'} for the action: at most ${showDuration(after.deadlineMs)}`,
    );
  }
  const masks = riskOfSet(before.mask, after.mask, 'careful');
  if (!isSame(before.mask, after.mask))
    add('mask-changed', masks, `keeps secret: ${after.mask.join(', ') || 'nothing'}`);
}

type Add = (kind: string, risk: Risk, what: string) => void;

function compareArguments(add: Add, before: ActionStep, after: ActionStep, cannotCompare: Risk): void {
  for (const name of new Set([...Object.keys(before.with), ...Object.keys(after.with)])) {
    const one = before.with[name];
    const other = after.with[name];
    if (isSame(one, other)) continue;
    const words = `${showTemplate(one)} → ${showTemplate(other)}`;
    if (name === after.action.target?.argument)
      add('target-changed', cannotCompare, `another target, ${name}: ${words}`);
    else add('argument-changed', isWording(after, name) ? 'neutral' : cannotCompare, `${name}: ${words}`);
  }
}

/** A free text, such as a comment, changes what people read and not what happens. */
function isWording(step: ActionStep, argument: string): boolean {
  const properties = step.action.input.properties;
  const schema = isJsonObject(properties) ? properties[argument] : undefined;
  return isJsonObject(schema) && schema.type === 'string' && !('enum' in schema) && !('pattern' in schema);
}

export function showTemplate(template: Template | undefined): string {
  if (template === undefined) return 'nothing';
  switch (template.t) {
    case 'literal':
      return cut(JSON.stringify(template.value));
    case 'expr':
      return cut(template.expr.trim());
    case 'text':
      return cut(
        template.parts
          .map((part) => (typeof part === 'string' ? part : `\${{ ${part.expr.trim()} }}`))
          .join(''),
      );
    case 'list':
      return cut(`[${template.items.map(showTemplate).join(', ')}]`);
    case 'map':
      return cut(
        `{${Object.entries(template.fields)
          .map(([key, field]) => `${key}: ${showTemplate(field)}`)
          .join(', ')}}`,
      );
  }
}

function cut(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** The same action may have become another one: installed anew, or with another version. */
export function compareManifest(add: Add, before: PlanAction, after: PlanAction): void {
  const promise = (action: PlanAction) => {
    const { class: actionClass, target, effect, idempotent, inverse, canCheck } = action;
    return { actionClass, target, effect, idempotent, inverse, canCheck };
  };
  const versions = `${after.key} ${before.version} → ${after.version}`;
  if (!isSame(promise(before), promise(after)))
    add('action-changed', 'bolder', `${versions} promises something else about its effect`);
  else if (!isSame(before, after)) add('action-version', 'neutral', versions);
}

/** Asked only when mode or a guard demands it; beside an approval of the step's own, never. */
export function compareFallback(
  add: Add,
  before: { approval: PlanApproval | null; fallbackApproval: PlanApproval },
  after: { approval: PlanApproval | null; fallbackApproval: PlanApproval },
): void {
  const [one, other] = [before.fallbackApproval, after.fallbackApproval];
  if (isSame(one, other) || (before.approval !== null && after.approval !== null)) return;
  const risks: Risk[] = [
    riskOfSet(one.approvers, other.approvers, 'bolder'),
    riskOfNumber(one.quorum, other.quorum, 'careful'),
    riskOfNumber(one.separate ? 1 : 0, other.separate ? 1 : 0, 'careful'),
  ];
  const risk = risks.includes('bolder') ? 'bolder' : risks.includes('careful') ? 'careful' : 'neutral';
  const who = `${other.approvers.join(', ')}, ${other.quorum} of them`;
  add('fallback-approval', risk, `when a guard or the mode demands approval, asks ${who}`);
}

function compareLease(add: Add, { lease: before }: ActionStep, { lease: after }: ActionStep): void {
  if (isSame(before, after)) return;
  if (after === null)
    return void add('lease-removed', 'bolder', 'stays in force without an end: the lease is gone');
  if (before === null) return void add('lease-added', 'careful', `ends after ${showDuration(after.forMs)}`);
  if (before.forMs !== after.forMs) {
    const risk = riskOfNumber(before.forMs, after.forMs, 'bolder');
    add(
      'lease-changed',
      risk,
      `stays in force for ${showDuration(after.forMs)} instead of ${showDuration(before.forMs)}`,
    );
  }
  if (before.atEnd !== after.atEnd)
    add(
      'lease-end',
      'neutral',
      after.atEnd === 'ask' ? 'somebody is asked at its end' : 'it is taken back by itself at its end',
    );
  if (before.warnMs !== after.warnMs) add('lease-warning', 'neutral', 'warns at another time before its end');
}

function compareContainingBack(add: Add, before: ActionStep, after: ActionStep): void {
  if (!isSame(before.lease, after.lease)) {
    const gone = after.lease === null;
    const asks = !gone && after.lease?.atEnd === 'ask';
    const what = gone
      ? 'is not taken back by a lease any more'
      : asks
        ? 'asks at the end of its lease'
        : 'contains again at the end of its lease';
    add('lease-changed', gone ? 'careful' : asks ? 'neutral' : 'bolder', what);
  }
  if (!isSame(before.rollback, after.rollback))
    add('undo-changed', 'bolder', 'contains again when it is taken back');
}

function compareRollback(add: Add, before: ActionStep, after: ActionStep): void {
  if (isSame(before.rollback, after.rollback)) return;
  if (after.rollback.kind === 'none')
    return void add('undo-removed', 'bolder', 'cannot be taken back any more');
  if (before.rollback.kind === 'none') return void add('undo-added', 'careful', 'can be taken back now');
  add('undo-changed', 'bolder', 'is taken back in another way');
}
