import type { Plan } from '../contracts/plan.ts';
import { expressionsOf } from '../expression/expressions-of.ts';
import { textFlow } from '../expression/text-flow.ts';
import { childOutputs } from './child-outputs.ts';

/**
 * Whether an output of a called playbook can carry text from outside. Of a child only its plan is
 * known, so all that it reads counts, except what the engine itself says about its run and its steps.
 *
 * @param name undefined: all of them together
 */
export function isTaintedOutput(plan: Plan, name: string | number | undefined): boolean {
  const types = childOutputs(plan);
  return Object.entries(plan.outputs).some(([output, template]) => {
    if (name !== undefined && output !== name) return false;
    const type = types.t === 'map' ? types.fields[output] : undefined;
    return !withoutText.has(type?.t ?? '') && expressionsOf(template).some(isOutside);
  });
}

function isOutside(expr: string): boolean {
  return textFlow(expr, null).some(({ root, path }) => {
    if (root === 'run') return false;
    return root !== 'steps' || !engineWords.has(String(path[1]));
  });
}

const engineWords: ReadonlySet<string> = new Set([
  ...['status', 'attempts', 'started_at', 'finished_at', 'summary', 'branches'],
]);

const withoutText: ReadonlySet<string> = new Set(['int', 'double', 'bool', 'null']);
