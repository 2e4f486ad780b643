import { presentPlan } from '../../engine/core/contracts/present-plan.ts';
import { drawSvg } from '../../engine/core/graph/draw-svg.ts';
import { planTree } from '../../engine/core/graph/plan-tree.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { drawn, type Html, html } from './html.ts';

/**
 * A plan from top to bottom, with what became of each step where a run is given, and links from the steps to where they stand. It can be wide, so it is moved inside
 * its own frame; the list of steps says the same. Null for a plan of another compiler, which has other fields.
 */
export function playbookGraph(
  plan: JsonObject,
  states: { readonly [path: string]: string } = {},
  links: ReadonlyMap<string, string> = new Map(),
): Html | null {
  const present = presentPlan(plan);
  if (present === null) return null;
  const svg = drawSvg(planTree(present), states, 'by the page', links);
  return html`<div class="graph">${drawn(svg)}</div>`;
}
