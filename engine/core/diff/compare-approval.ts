import type { PlanApproval } from '../contracts/plan.ts';
import { showDuration } from '../preview/show-duration.ts';
import { type At, type Changes, isSame, type Risk, riskOfNumber, riskOfSet } from './change.ts';
import { compareConditions } from './compare-conditions.ts';

/** What a gate asks for in two versions. Asking fewer people less often is bolder. */
export function compareApproval(
  changes: Changes,
  at: At,
  name: string,
  before: PlanApproval | null,
  after: PlanApproval | null,
): void {
  const add = (kind: string, risk: Risk, what: string) => changes.add(at, kind, risk, `${name}: ${what}`);
  if (before === null && after === null) return;
  if (before === null) return void add('approval-added', 'careful', 'asks for approval now');
  if (after === null) return void add('approval-removed', 'bolder', 'asks nobody any more');

  if (before.when !== after.when) {
    const when = compareConditions(before.when, after.when);
    const risk = when === 'same' ? 'neutral' : when === 'wider' ? 'careful' : 'bolder';
    const words = {
      same: 'asks in the same situations',
      wider: 'asks in more situations',
      narrower: 'asks in fewer situations',
      other: 'asks in other situations',
    }[when];
    add('approval-when', risk, `${words}: ${before.when ?? 'always'} → ${after.when ?? 'always'}`);
  }
  compareSet(add, 'approvers', 'approvers', before.approvers, after.approvers);
  if (before.quorum !== after.quorum) {
    const risk = riskOfNumber(before.quorum, after.quorum, 'careful');
    add('approval-quorum', risk, `needs ${after.quorum} different people instead of ${before.quorum}`);
  }
  if (before.separate !== after.separate) {
    add(
      'approval-separate',
      after.separate ? 'careful' : 'bolder',
      after.separate
        ? 'who started it or edited the playbook may not decide any more'
        : 'who started it or edited the playbook may decide now',
    );
  }
  if (before.expiresMs !== after.expiresMs) {
    const risk = riskOfNumber(before.expiresMs, after.expiresMs, 'bolder');
    const words = `can be granted for ${showDuration(after.expiresMs)} instead of ${showDuration(before.expiresMs)}`;
    add('approval-expires', risk, words);
  }
  const escalates = (approval: PlanApproval) => [...new Set(approval.escalate.flatMap(({ to }) => to))];
  compareSet(add, 'escalation', 'people it is escalated to', escalates(before), escalates(after));
  if (isSame(escalates(before), escalates(after)) && !isSame(before.escalate, after.escalate))
    add('approval-escalation', 'neutral', 'escalates at another time');
  compareSet(add, 'editable', 'arguments an approver may change', before.editable, after.editable);
  const comments = ['never', 'on_deny', 'always'];
  if (before.requireComment !== after.requireComment) {
    const [one, other] = [before, after].map(({ requireComment }) => comments.indexOf(requireComment));
    const risk = riskOfNumber(one ?? 0, other ?? 0, 'careful');
    add(
      'approval-comment',
      risk,
      `a comment is wanted ${after.requireComment} instead of ${before.requireComment}`,
    );
  }
  const words = ({ ask, why, evidence, notify }: PlanApproval) => ({ ask, why, evidence, notify });
  if (!isSame(words(before), words(after)))
    add('approval-words', 'neutral', 'asks in other words, with other evidence, or tells others');
}

function compareSet(
  add: (kind: string, risk: Risk, what: string) => void,
  kind: string,
  what: string,
  before: readonly string[],
  after: readonly string[],
): void {
  if (isSame(before, after)) return;
  const risk = riskOfSet(before, after, 'bolder');
  const gained = after.filter((each) => !before.includes(each)).map((each) => `+${each}`);
  const lost = before.filter((each) => !after.includes(each)).map((each) => `-${each}`);
  add(`approval-${kind}`, risk, `${what}: ${[...gained, ...lost].join(', ') || 'in another order'}`);
}
