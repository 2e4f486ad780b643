import type { Rule } from '../context.ts';
import { wholeNumber } from '../lower-value.ts';
import type { StepSite } from '../outline.ts';
import { keyAt } from '../source-node.ts';

/** Language reference 9.16. One loop alone is bounded by the schema; nested ones multiply. */
const scopesMax = 5_000;

export const loopTooLarge: Rule = ({ outline }) =>
  outline.all.flatMap((loop) => {
    const own = turnsOf(loop);
    const outer = loop.body.owner;
    if (own === null || outer === null) return [];
    const around = product(outer);
    if (around * own <= scopesMax || around > scopesMax) return [];
    const key = loop.kind === 'foreach' ? 'max_items' : 'max';
    return [
      {
        code: 'compile/loop-too-large' as const,
        at: keyAt(loop.node, key),
        path: loop.node.path,
        message: `"${loop.planId}" may turn ${own} times within ${around}: ${around * own} in all, and at most ${scopesMax} are allowed`,
        seen: { at: outer.label.at, message: `loop "${outer.planId}" is here` },
        help: 'lower one of the two, or filter the list before the loop',
      },
    ];
  });

/** How often a loop may turn; null for what is none, or does not say. */
function turnsOf(step: StepSite): number | null {
  if (step.kind === 'foreach') return wholeNumber(step.node, 'max_items');
  if (step.kind === 'repeat') return wholeNumber(mapOf(step), 'max');
  return null;
}

function mapOf(step: StepSite) {
  return step.node.fields.get('repeat')?.value;
}

function product(loop: StepSite): number {
  let turns = 1;
  for (let at: StepSite | null = loop; at; at = at.body.owner) turns *= turnsOf(at) ?? 1;
  return turns;
}
