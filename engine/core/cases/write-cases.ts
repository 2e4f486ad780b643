import { Document, isMap, isSeq, type Node, visit } from 'yaml';
import type { Cases } from '../../../schemas/cases-v1.generated.ts';
import { invariant } from '../contracts/invariant.ts';
import { formatFile } from '../format/format-file.ts';

/** Lines of comments: above each case, and at the end of the file. */
export interface Remarks {
  above: readonly (readonly string[])[];
  below: readonly string[];
}

/** Longer maps and lists are written over several lines. */
const flowMax = 90;

/** A file of cases as `riposte fmt` would write it, so that it can be kept as it is. */
export function writeCases(file: Cases, { above, below }: Remarks): string {
  const document = new Document(file, { aliasDuplicateObjects: false });
  const listed = document.get('cases');
  visit(document, {
    Collection(_, node) {
      if (width(node) <= flowMax) node.flow = true;
    },
  });
  for (const part of [document.contents, listed]) if (isMap(part) || isSeq(part)) part.flow = false;
  if (isSeq(listed)) {
    for (const [index, item] of listed.items.entries()) {
      if (!isMap(item)) continue;
      item.flow = false;
      item.spaceBefore = index > 0;
      const remarks = above[index] ?? [];
      if (remarks.length > 0) item.commentBefore = asComment(remarks);
    }
  }
  if (below.length > 0) document.comment = asComment(below);
  const formatted = formatFile(document.toString({ lineWidth: 0 }), { file: file.playbook });
  invariant(formatted.ok, 'what was written can be read');
  return formatted.text;
}

function asComment(lines: readonly string[]): string {
  return lines.map((line) => ` ${line}`).join('\n');
}

function width(node: Node): number {
  return JSON.stringify(node.toJSON()).length;
}
