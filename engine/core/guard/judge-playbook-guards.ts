import type { GuardVerdict, RenderedAction } from '../contracts/command.ts';
import type { PlanGuard } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import type { RunContext } from '../run/context.ts';
import { guardNames } from '../run/visible-names.ts';

/** The first guard of the playbook that says no to a rendered action; an expression error says no. */
export function judgePlaybookGuards(
  context: RunContext,
  step: { id: string; path: string },
  rendered: RenderedAction,
): GuardVerdict | null {
  for (const guard of context.env.plan.guards) {
    if (!applies(guard, step.id, rendered)) continue;
    const judged = evaluate(guard.denyIf, guardNames(context, step.path, rendered));
    if (!judged.ok) {
      return {
        guardId: guard.id,
        message: `${guard.message} (the guard could not be evaluated: ${judged.message})`,
      };
    }
    if (judged.value !== false) return { guardId: guard.id, message: guard.message };
  }
  return null;
}

function applies(guard: PlanGuard, stepId: string, rendered: RenderedAction): boolean {
  return guard.appliesTo.some(
    (word) => word === rendered.class || word === rendered.action || word === stepId,
  );
}
