import type { CollectionTag, Document, Node, Scalar, ScalarTag, Tags, YAMLMap, YAMLSeq } from 'yaml';
import type { StringifyContext } from 'yaml/util';
import type { Layouts } from './arrange.ts';
import { foldExpression, foldText, isFoldable, operandsOf } from './fold-text.ts';

/*
 * The document back to text. The library writes the structure and the comments; strings and flow
 * collections are written here, because only here it is known what is an expression and what fits.
 */

/** As wide as the code of this repository. */
export const lineWidth = 110;

const options = { lineWidth: 0, indent: 2, indentSeq: true } as const;

export function writeYaml(document: Document, layouts: Layouts): string {
  document.schema.tags = document.schema.tags.map((tag) => ownTag(tag, layouts));
  return document.toString(options);
}

type Tag = Exclude<Tags[number], string>;

function ownTag(tag: Tag, layouts: Layouts): Tag {
  switch (tag.tag) {
    case 'tag:yaml.org,2002:str':
      return stringTag(tag as ScalarTag, layouts);
    case 'tag:yaml.org,2002:map':
      return collectionTag(tag as CollectionTag, layouts, ' ');
    case 'tag:yaml.org,2002:seq':
      return collectionTag(tag as CollectionTag, layouts, '');
    default:
      return tag;
  }
}

type Write = (node: Scalar, context: StringifyContext, onComment?: () => void, onKeep?: () => void) => string;

function stringTag(tag: ScalarTag, layouts: Layouts): Tag {
  const plain = tag.stringify as Write;
  const write: Write = (node, context, onComment, onKeep) => {
    const as = (type: Scalar.Type | undefined) =>
      plain(Object.assign(node, { type }), context, onComment, onKeep);
    const text = node.value;
    if (typeof text !== 'string' || context.implicitKey) return as(node.type as Scalar.Type);
    if (context.inFlow) return as(flowStyle(text, node.type as Scalar.Type));
    const { lead, isExpression } = layouts.get(node) ?? { lead: 0, isExpression: false };
    const isFolded = node.type === 'BLOCK_FOLDED';
    const needsNoQuotes = isExpression || isFolded || node.type === 'BLOCK_LITERAL';
    const inlineType = needsNoQuotes && !text.includes('\n') ? 'PLAIN' : node.type;
    if (!isFoldable(text) || node.comment || node.anchor) return as(inlineType as Scalar.Type);
    const keepsLines = isFolded && isExpression && operandsOf(text).length > 1;
    if (!keepsLines) {
      const inline = as(inlineType as Scalar.Type);
      if (context.indent.length + lead + inline.length <= lineWidth) return inline;
    }
    const indent = context.indent === '' ? '  ' : context.indent;
    const room = lineWidth - indent.length;
    const lines = isExpression ? foldExpression(text, room) : foldText(text, room);
    return `>-\n${lines.map((line) => `${indent}${line}`).join('\n')}`;
  };
  return { ...tag, stringify: write };
}

/** Braces inside braces are hard to tell apart, so a template there is quoted, doubly where nothing needs escaping. */
function flowStyle(text: string, type: Scalar.Type | undefined): Scalar.Type | undefined {
  if (!text.includes('${{')) return type;
  return /["\\]/.test(text) ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
}

/** `{ a: b }` and `[a, b]`; what does not fit on its line, or holds a comment, becomes a block. */
function collectionTag(tag: CollectionTag, layouts: Layouts, padding: string): Tag {
  const stringify = (
    node: Node,
    context: StringifyContext,
    onComment?: () => void,
    onKeep?: () => void,
  ): string => {
    const collection = node as YAMLMap | YAMLSeq;
    const write = () =>
      collection.toString({ ...context, flowCollectionPadding: padding } as never, onComment, onKeep);
    if (context.inFlow || !collection.flow || collection.items.length === 0) return write();
    const inline = write();
    const lead = layouts.get(node)?.lead ?? 0;
    if (!inline.includes('\n') && context.indent.length + lead + inline.length <= lineWidth) return inline;
    // The caller reads `flow` after this to know whether a line break belongs before the value.
    collection.flow = false;
    return write();
  };
  return { ...tag, stringify } as unknown as Tag;
}
