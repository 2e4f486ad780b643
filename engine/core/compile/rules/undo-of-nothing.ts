import type { CompileContext, Rule } from '../context.ts';
import { findStep, type StepSite } from '../outline.ts';
import { keyAt, listField, textField } from '../source-node.ts';
import { actionSteps } from '../step-facts.ts';

/** `undo` names something that leaves a record: an action with a way back, or a block or call that holds one. */
export const undoOfNothing: Rule = (context) =>
  context.outline.all
    .filter(({ kind }) => kind === 'undo')
    .flatMap((undo) => {
      if (textField(undo.node, 'undo') === 'all') {
        if (actionSteps(context).some(([step]) => leavesRecord(step, context)) || context.children.size > 0)
          return [];
        const at = keyAt(undo.node, 'undo');
        return [problem(at, undo.node.path, 'no step of this playbook does anything that can be taken back')];
      }
      return listField(undo.node, 'undo').flatMap((item) => {
        if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
        const target = findStep(item.value, undo.body);
        if (target === undefined || leavesRecord(target, context)) return [];
        return [problem(item.at, item.path, `"${item.value}" does nothing that can be taken back`)];
      });
    });

function problem(at: ReturnType<typeof keyAt>, path: string, message: string) {
  return {
    code: 'compile/undo-of-nothing' as const,
    at,
    path,
    message,
    help: 'name a step whose action has an inverse, or leave the undo out',
  };
}

function leavesRecord(step: StepSite, context: CompileContext): boolean {
  const manifest = context.manifests.get(step);
  if (manifest?.inverse.kind === 'action' && textField(step.node, 'rollback') !== 'none') return true;
  // An action that is not installed is reported as such; a called playbook may do anything.
  if ((step.kind === 'action' && manifest === undefined) || context.children.has(step)) return true;
  return [...step.blocks, ...(step.onError ? [step.onError] : [])].some((block) =>
    block.steps.some((inner) => leavesRecord(inner, context)),
  );
}
