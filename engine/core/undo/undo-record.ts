import { invariant } from '../contracts/invariant.ts';
import type { ActionStep, Plan, PlanAction, PlanApproval } from '../contracts/plan.ts';
import type { LoopItem, ScopeGiven, UndoRecord } from '../contracts/scope.ts';
import { everyStep, isLoop } from '../run/list-steps.ts';

/* One record as a scope of its own: its inverse is the only step. */

/** Plan path of the only step of an undo scope. */
export const inversePath = 'undo/inverse';

/** The record that an undo scope works off; its loop wrote it as the item's value. */
export function recordOf(scope: ScopeGiven): UndoRecord {
  invariant(scope.kind === 'undo' && scope.item !== null, `${scope.path} is the scope of an undo record`);
  return scope.item.value as unknown as UndoRecord;
}

/** The action that takes it back as the plan pinned it, or null for a record without a way back. */
export function inverseActionOf(plan: Plan, record: UndoRecord): PlanAction | null {
  if (!('action' in record.inverse)) return null;
  return plan.inverses[record.inverse.action] ?? null;
}

/**
 * The step that a machine for this inverse runs. It depends on the action alone, so one machine serves
 * all records of the kind; arguments and target come from the record when it is rendered.
 */
export function inverseStep(action: PlanAction, plan: Plan): ActionStep {
  return {
    kind: 'action',
    id: 'inverse',
    path: inversePath,
    name: action.title,
    if: null,
    onError: { steps: [], then: 'fail' },
    onDenied: 'continue',
    action,
    connection: null,
    with: {},
    timeoutMs: action.timeoutMs,
    deadlineMs: 3_600_000,
    retry: {
      maxAttempts: action.idempotent === 'no' ? 1 : 4,
      backoff: 'exponential',
      initialMs: 5_000,
      maxMs: 120_000,
      on: ['throttled', 'unavailable', 'timeout'],
    },
    approval: null,
    fallbackApproval: lastResort(plan),
    mask: [],
    lease: null,
    rollback: { kind: 'none' },
  };
}

/** For a record whose step is not in this plan, such as a child's: whoever this plan asks about effects. */
function lastResort(plan: Plan): PlanApproval {
  const asking = everyStep(plan).find(
    (step) => step.kind === 'action' || step.kind === 'undo' || isLoop(step),
  );
  const known = asking !== undefined && 'fallbackApproval' in asking ? asking.fallbackApproval : null;
  return {
    when: null,
    ask: null,
    why: null,
    evidence: [],
    approvers: known?.approvers ?? (plan.playbook.owner === null ? [] : [plan.playbook.owner]),
    quorum: known?.quorum ?? 1,
    separate: true,
    expiresMs: known?.expiresMs ?? 3_600_000,
    escalate: known?.escalate ?? [],
    requireComment: 'on_deny',
    notify: known?.notify ?? [],
    editable: [],
  };
}

/** The records that a loop's items carry as their values. */
export function recordsOf(items: readonly LoopItem[]): UndoRecord[] {
  return items.map((item) => item.value as unknown as UndoRecord);
}
