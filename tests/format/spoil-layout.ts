import fc from 'fast-check';
import { type Document, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { type Shape, shapeOf } from '../../engine/core/format/shape.ts';
import type { JsonObject } from '../../schemas/json.ts';
import playbookSchema from '../../schemas/playbook-v1.schema.json' with { type: 'json' };

const playbook = shapeOf(playbookSchema as unknown as JsonObject);

/** A source of choices; fast-check shrinks it, so that a failure names the few that matter. */
export type Choose = (below: number) => number;

export const choices = fc.infiniteStream(fc.nat({ max: 1000 })).map((stream) => {
  const choose: Choose = (below) => (stream.next().value ?? 0) % below;
  return choose;
});

/**
 * The same playbook as somebody else might have typed it: keys in another order, expressions wrapped,
 * other quotes, blocks where lists in one line were, other indentation and folding, comments anywhere.
 */
export function spoilLayout(text: string, choose: Choose): string {
  const document = parseDocument(text, { version: '1.2', schema: 'core', intAsBigInt: true });
  shuffle(document, choose);
  let comments = 0;
  visit(document, {
    Scalar(key, node) {
      if (key !== 'key' && typeof node.value === 'string' && !node.value.includes('\n')) {
        const styles = ['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_FOLDED'] as const;
        if (choose(3) === 0) node.type = styles[choose(styles.length)] ?? 'PLAIN';
      }
      if (choose(12) === 0) node.commentBefore = ` note ${comments++}`;
      if (choose(15) === 0) node.spaceBefore = true;
      if (choose(15) === 0) node.comment = ` said: "#${comments++}"`;
    },
    Collection(_key, node) {
      if (choose(4) === 0) node.flow = !node.flow;
      if (choose(15) === 0) node.comment = ` end ${comments++}`;
      if (choose(15) === 0) node.commentBefore = ` list ${comments++}\n\n with ${comments++}`;
    },
  });
  return document.toString({
    lineWidth: [0, 90, 200][choose(3)] ?? 90,
    indent: 2 + choose(3),
    indentSeq: choose(2) === 0,
    flowCollectionPadding: choose(2) === 0,
  });
}

function shuffle(document: Document, choose: Choose): void {
  const walk = (node: unknown, shape: Shape): void => {
    if (isScalar(node) && shape.isExpression && typeof node.value === 'string' && choose(3) === 0) {
      if (!node.value.includes('${{')) node.value = `\${{ ${node.value} }}`;
    }
    if (isSeq(node)) for (const item of node.items) walk(item, shape.item());
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (isScalar(key) && isNode(value)) walk(value, shape.child(String(key.value)));
    }
    if (shape.keys.length === 0) return;
    for (let at = node.items.length - 1; at > 0; at--) {
      const other = choose(at + 1);
      const [a, b] = [node.items[at], node.items[other]];
      if (a && b) [node.items[at], node.items[other]] = [b, a];
    }
  };
  walk(document.contents, playbook);
}
