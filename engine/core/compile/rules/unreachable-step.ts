import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { CompileContext, Rule } from '../context.ts';
import type { Block } from '../outline.ts';
import { firstKeyAt } from '../source-node.ts';

/** Steps behind a `stop` that nothing can avoid. The first of them stands for the rest. */
export const unreachableStep: Rule = ({ outline, flow }) => {
  const problems: Problem[] = [];
  for (const block of [outline.steps, outline.onFailure, outline.finally]) visit(block, flow, problems);
  return problems;
};

function visit(block: Block, flow: CompileContext['flow'], problems: Problem[]): void {
  for (const [index, step] of block.steps.entries()) {
    if (flow.before.get(step)?.reachable === false) {
      const before = block.steps[index - 1];
      problems.push({
        code: 'compile/unreachable-step',
        at: step.id === null ? firstKeyAt(step.node) : step.label.at,
        path: step.node.path,
        message: `step "${step.planId}" can never run`,
        ...(before && {
          seen: {
            at: before.kind === 'stop' ? firstKeyAt(before.node) : before.label.at,
            message: 'the run always ends here',
          },
        }),
      });
      return;
    }
    for (const inner of step.blocks) visit(inner, flow, problems);
    if (step.onError) visit(step.onError, flow, problems);
  }
}
