import { Document, isMap, isNode, isScalar, type Node, parseDocument, visit } from 'yaml';
import type { Expectation } from '../../../schemas/cases-v1.generated.ts';
import { invariant } from '../contracts/invariant.ts';
import { formatFile } from '../format/format-file.ts';

/*
 * Expectations into a case file, in the place of the word `record`. Only that word is replaced: every other
 * character of the file, comments and layout included, stays what it was.
 */
export function writeExpectations(text: string, expectations: ReadonlyMap<number, Expectation>): string {
  const document = parseDocument(text);
  const edits = [...expectations].map(([index, expectation]) => editOf(document, text, index, expectation));
  // From the end, so that earlier offsets stay right.
  const ordered = edits.toSorted((a, b) => b.start - a.start);
  return ordered.reduce((sofar, { start, end, put }) => sofar.slice(0, start) + put + sofar.slice(end), text);
}

interface Edit {
  start: number;
  end: number;
  put: string;
}

/** Longer maps and lists are written over several lines. */
const flowMax = 110;

function editOf(document: Document.Parsed, text: string, index: number, expectation: Expectation): Edit {
  const found = document.getIn(['cases', index], true);
  const one = isNode(found) && 'resolve' in found ? found.resolve(document) : found;
  invariant(isMap(one), `case ${index} is a map`);
  const pair = one.items.find(({ key }) => isScalar(key) && key.value === 'expect');
  const key = pair?.key;
  const value = pair?.value;
  const keyRange = isNode(key) ? key.range : null;
  const valueRange = isNode(value) ? value.range : null;
  invariant(keyRange != null && valueRange != null, `case ${index} has an expectation`);
  const [start, end] = valueRange;
  const [keyStart] = keyRange;
  if (one.flow === true) return { start, end, put: flowText(expectation) };
  const column = keyStart - (text.lastIndexOf('\n', keyStart - 1) + 1);
  const indent = ' '.repeat(column + 2);
  const lines = blockText(expectation).trimEnd().split('\n');
  const before = text.slice(0, start).trimEnd();
  const put = `\n${lines.map((line) => (line === '' ? '' : indent + line)).join('\n')}`;
  return { start: before.length, end, put };
}

function blockText(expectation: Expectation): string {
  const document = new Document(expectation, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node) {
      if (node !== document.contents && width(node) <= flowMax) node.flow = true;
    },
  });
  const formatted = formatFile(document.toString({ lineWidth: 0 }), { file: 'expect' });
  invariant(formatted.ok, 'what was written can be read');
  return formatted.text;
}

function flowText(expectation: Expectation): string {
  const document = new Document(expectation, { aliasDuplicateObjects: false });
  if (isMap(document.contents)) document.contents.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd().replaceAll(/\n\s*/g, ' ');
}

function width(node: Node): number {
  return JSON.stringify(node.toJSON()).length;
}
