import { positionsOf } from '../../engine/core/compile/positions-of.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { numberedSource } from './data.ts';
import { type Html, html } from './html.ts';
import { playbookGraph } from './playbook-graph.ts';

/** What one version is: the drawing, whose steps lead to their lines, and the file itself. */
export function playbookParts({ plan, source }: { plan: JsonObject; source: string }): {
  graph: Html;
  source: Html;
} {
  const links = new Map(
    Object.entries(positionsOf(source)).map(([path, { line }]) => [path, `#L${line}`] as const),
  );
  const drawn = playbookGraph(plan, {}, links);
  return {
    graph: html`<section><h2>What it does</h2>${drawn ?? html`<p>It was compiled by another compiler than this server's, and is not drawn. Its source says what it does.</p>`}</section>`,
    source: html`<section id="source"><h2>Source</h2>${numberedSource(source)}</section>`,
  };
}
