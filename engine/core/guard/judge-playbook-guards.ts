import type { GuardVerdict, LimitQuestion, RenderedAction } from '../contracts/command.ts';
import { assertNever } from '../contracts/invariant.ts';
import type { PlanGuard, PlanLimit } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import type { RunContext } from '../run/context.ts';
import { guardNames, guardOf } from '../run/visible-names.ts';
import { missingFacts } from './missing-facts.ts';

/** The first guard of the playbook that says no to a rendered action; an expression error says no. */
export function judgePlaybookGuards(
  context: RunContext,
  step: { id: string; path: string },
  rendered: RenderedAction,
): GuardVerdict | null {
  for (const guard of context.env.plan.guards) {
    if (guard.denyIf === null || !applies(guard, step.id, rendered)) continue;
    const judged = evaluate(guard.denyIf, guardNames(context, step.path, rendered));
    if (!judged.ok) {
      const missing = missingFacts(guard.denyIf, guardOf(context, rendered));
      if (missing.length > 0) return { guardId: guard.id, message: guard.message, missing };
      return {
        guardId: guard.id,
        message: `${guard.message} (the guard could not be evaluated: ${judged.message})`,
      };
    }
    if (judged.value !== false) return { guardId: guard.id, message: guard.message };
  }
  return null;
}

/** The budgets that this action counts against; only the database knows how much of them is left. */
export function limitQuestions(
  context: RunContext,
  step: { id: string },
  rendered: RenderedAction,
): LimitQuestion[] {
  if (rendered.target === null) return [];
  return context.env.plan.guards.flatMap((guard) => {
    if (guard.limit === null || !applies(guard, step.id, rendered)) return [];
    const { targets, perMs, onExceed } = guard.limit;
    const key = budgetKey(context, guard.id, guard.limit, rendered);
    return [{ guardId: guard.id, key, targets, perMs, onExceed, message: guard.message }];
  });
}

/** Stored with each reservation: a change of these words is a new, empty budget. */
function budgetKey(context: RunContext, guard: string, limit: PlanLimit, rendered: RenderedAction): string {
  const { plan, given } = context.env;
  switch (limit.scope) {
    case 'run':
      return `run:${given.runId}:${guard}`;
    case 'playbook':
      return `playbook:${plan.playbook.id}:${guard}`;
    case 'system':
      return `system:${rendered.system}:${guard}`;
    default:
      return assertNever(limit.scope, 'scope of a limit');
  }
}

function applies(guard: PlanGuard, stepId: string, rendered: RenderedAction): boolean {
  return guard.appliesTo.some(
    (word) => word === rendered.class || word === rendered.action || word === stepId,
  );
}
