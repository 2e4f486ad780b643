import { positionsOf } from '../../engine/core/compile/positions-of.ts';
import type { Plan, PlanPositions } from '../../engine/core/contracts/plan.ts';
import { presentPlan } from '../../engine/core/contracts/present-plan.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { marked, numberedSource } from './data.ts';
import { type Html, html } from './html.ts';
import { mayDoList } from './may-do-list.ts';
import { playbookGraph } from './playbook-graph.ts';
import type { View } from './view.ts';

interface PlaybookParts {
  /** Null for one of another compiler: of it there are only the words of its source. */
  plan: Plan | null;
  positions: PlanPositions;
  /** As its author describes it. */
  words: Html | null;
  graph: Html;
  mayDo: Html | null;
  source: Html;
}

/** What one version is: the drawing and what it may do, whose steps lead to their lines, and the file itself. */
export async function playbookParts(
  view: View,
  { plan: stored, source }: { plan: JsonObject; source: string },
): Promise<PlaybookParts> {
  const [plan, positions] = [presentPlan(stored), positionsOf(source)];
  const links = new Map(Object.entries(positions).map(([path, { line }]) => [path, `#L${line}`] as const));
  const drawn = playbookGraph(stored, {}, links);
  return {
    plan,
    positions,
    words: plan === null ? null : words(plan),
    graph: html`<section><h2>What it does</h2>${drawn ?? html`<p>It was compiled by another compiler than this server's, and is not drawn. Its source says what it does.</p>`}</section>`,
    mayDo: plan === null ? null : await mayDoList(view, plan, positions),
    source: html`<section><h2>Source</h2>${numberedSource(source)}</section>`,
  };
}

function words({ playbook: { description, falsepositives, tags } }: Plan): Html {
  const facts = [
    ['Known false alarms', falsepositives],
    ['Tags', tags],
  ] as const;
  return html`<p>${marked(description)}</p><dl class="facts-line">${facts.map(
    ([name, of]) => of.length > 0 && html`<div><dt>${name}</dt><dd>${marked(of.join(', '))}</dd></div>`,
  )}</dl>`;
}
