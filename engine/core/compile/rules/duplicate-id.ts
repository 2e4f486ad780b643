import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { Rule } from '../context.ts';
import { listField, type SourceNode, scalarField } from '../source-node.ts';

/** S1: step ids are unique in their body; so are triggers among themselves, and guards. */
export const duplicateId: Rule = ({ source, outline }) => [
  ...[...Map.groupBy(outline.all, ({ body }) => body).values()].flatMap((steps) =>
    repeated(
      'step',
      steps.map(({ node }) => node),
    ),
  ),
  ...repeated('trigger', listField(source.root, 'triggers')),
  ...repeated('guard', listField(source.root, 'guards')),
];

function repeated(what: string, nodes: readonly SourceNode[]): Problem[] {
  const first = new Map<unknown, SourceNode>();
  const problems: Problem[] = [];
  for (const node of nodes) {
    const id = scalarField(node, 'id');
    if (typeof id?.value !== 'string') continue;
    const earlier = first.get(id.value);
    if (earlier) {
      problems.push({
        code: 'compile/duplicate-id',
        at: id.at,
        path: id.path,
        message: `the ${what} id "${id.value}" is used twice`,
        seen: { at: earlier.at, message: `${what} "${id.value}" is defined here` },
      });
    } else {
      first.set(id.value, id);
    }
  }
  return problems;
}
