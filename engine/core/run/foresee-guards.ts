import { changesTargets } from '../contracts/action.ts';
import type { ForeseenAction, RenderedAction } from '../contracts/command.ts';
import type { ActionStep, ForeachStep } from '../contracts/plan.ts';
import type { LoopItem, ScopeGiven } from '../contracts/scope.ts';
import { limitQuestions } from '../guard/judge-playbook-guards.ts';
import { emptyContext, type RunContext } from './context.ts';
import { frameOf } from './inner-scope.ts';
import { walk } from './list-steps.ts';
import { renderAction } from './render-action.ts';
import { itemPath } from './scope-path.ts';
import { runPath, stepOf, type Turn } from './turn.ts';
import { guardOf } from './visible-names.ts';

/*
 * Before a gate or a list is asked about: what the guardrails will want of the actions behind it. The
 * question is then asked on their terms, once, and not again for each action (language reference 11.1,
 * "checked before asking").
 */

export function foreseen(context: RunContext, step: ActionStep, rendered: RenderedAction): ForeseenAction {
  return { rendered, guard: guardOf(context, rendered), limits: limitQuestions(context, step, rendered) };
}

/**
 * The effects of a list whose arguments do not wait for what its items find out first. The others ask
 * for themselves when their turn comes, if the guardrails want it.
 */
export function foreseenOfList(turn: Turn, step: ForeachStep): ForeseenAction[] {
  const actions = [...walk(step.steps, true)].filter(
    (inner): inner is ActionStep => inner.kind === 'action' && changesTargets(inner.action.class),
  );
  if (actions.length === 0) return [];
  const frame = frameOf(turn, step);
  const items = stepOf(turn, step.path).frozen ?? [];
  return items.flatMap((item) => {
    const context = contextOf(turn, step, item, frame);
    return actions.flatMap((action) => {
      const result = renderAction(context, action);
      return result.ok ? [foreseen(context, action, result.rendered)] : [];
    });
  });
}

function contextOf(turn: Turn, step: ForeachStep, item: LoopItem, frame: ScopeGiven['frame']): RunContext {
  const { env, facts } = turn.context;
  const path = itemPath(runPath(turn.context, step.path), item.key);
  const scope: ScopeGiven = { path, kind: 'item', body: step.path, parent: env.scope.path, frame, item };
  return { ...emptyContext(), facts, env: { ...env, scope } };
}
