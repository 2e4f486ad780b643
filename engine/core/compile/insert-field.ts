import type { Edit } from '../diagnostics/fix.ts';
import type { SourceMap } from './source-node.ts';

/**
 * The edit that adds a field to a map, behind one that it has: a line of its own, or an entry of a map
 * in braces. Null when the value of that field goes over several lines, where a line more could land
 * inside it.
 */
export function insertField(map: SourceMap, behind: string, field: string, text: string): Edit | null {
  const known = map.fields.get(behind);
  if (known === undefined) return null;
  const { keyAt, value } = known;
  if (text.slice(keyAt.start, value.at.end).includes('\n')) return null;
  if (text[map.at.start] === '{') {
    return { at: { start: value.at.end, end: value.at.end }, text: `, ${field}` };
  }
  const lineStart = text.lastIndexOf('\n', keyAt.start - 1) + 1;
  const lineEnd = text.indexOf('\n', value.at.end);
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  // The first key of a list entry stands behind its dash.
  const indent = ' '.repeat(keyAt.start - lineStart);
  if (lineEnd === -1) {
    return { at: { start: text.length, end: text.length }, text: `${lineBreak}${indent}${field}` };
  }
  const at = lineEnd + 1;
  return { at: { start: at, end: at }, text: `${indent}${field}${lineBreak}` };
}
