import { compilerVersion, type Plan } from '../../engine/core/contracts/plan.ts';
import { drawSvg } from '../../engine/core/graph/draw-svg.ts';
import { planTree } from '../../engine/core/graph/plan-tree.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { drawn, type Html, html } from './html.ts';

/**
 * A plan from top to bottom, with what became of each step where a run is given. It can be wide, so it is moved inside
 * its own frame; the list of steps says the same. Null for a plan of another compiler, which has other fields.
 */
export function playbookGraph(
  plan: JsonObject,
  states: { readonly [path: string]: string } = {},
): Html | null {
  if (plan.compilerVersion !== compilerVersion) return null;
  const svg = drawSvg(planTree(plan as unknown as Plan), states, 'by the page');
  return html`<div class="graph">${drawn(svg)}</div>`;
}
