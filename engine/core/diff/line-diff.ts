/**
 * A unified difference of two texts by lines, with three lines around each change, as `diff -u` writes it.
 *
 * @param how what was done to the second one, for its heading
 */
export function lineDiff(file: string, before: string, after: string, how = 'formatted'): string {
  const a = linesOf(before);
  const b = linesOf(after);
  const edits = editsOf(a, b);
  const rows: string[] = [];
  for (const [first, last] of hunksOf(edits)) {
    const part = edits.slice(first, last);
    const start = edits[first];
    if (start === undefined) continue;
    const removed = part.filter(({ sign }) => sign !== '+').length;
    const added = part.filter(({ sign }) => sign !== '-').length;
    rows.push(`@@ -${start.a + 1},${removed} +${start.b + 1},${added} @@`);
    for (const { sign, text } of part) rows.push(`${sign}${text}`);
  }
  return rows.length === 0 ? '' : `--- ${file}\n+++ ${file} (${how})\n${rows.join('\n')}\n`;
}

function linesOf(text: string): string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

interface Edit {
  sign: ' ' | '-' | '+';
  text: string;
  /** Lines before this one on either side. */
  a: number;
  b: number;
}

/**
 * Cells of the table below: 16 MB, some 40 ms, two thousand lines that changed on either side. A file of 256 KiB can have
 * 260,000 lines, whose square is more than any machine has.
 */
const cellsMax = 4_000_000;

/**
 * The longest common subsequence by dynamic programming, between the equal lines at both ends; where that would be too
 * much, one text goes and the other comes, which is true and longer.
 */
function editsOf(a: readonly string[], b: readonly string[]): Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const rows = a.length - head - tail;
  const columns = b.length - head - tail;
  // length[i][j]: common lines of the rest of both from i and j on.
  const length =
    rows * columns > cellsMax ? [] : Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  const of = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = length.length - 2; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const same = a[head + i] === b[head + j];
      (length[i] as Uint32Array)[j] = same ? of(i + 1, j + 1) + 1 : Math.max(of(i + 1, j), of(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  const push = (sign: Edit['sign'], text: string | undefined) => {
    edits.push({ sign, text: text ?? '', a: i, b: j });
    if (sign !== '+') i++;
    if (sign !== '-') j++;
  };
  while (i < head) push(' ', a[i]);
  while (i < head + rows || j < head + columns) {
    const inBoth = i < head + rows && j < head + columns;
    if (inBoth && a[i] === b[j]) push(' ', a[i]);
    else if (j >= head + columns || (inBoth && of(i - head + 1, j - head) >= of(i - head, j - head + 1)))
      push('-', a[i]);
    else push('+', b[j]);
  }
  while (i < a.length) push(' ', a[i]);
  return edits;
}

/** Changes that are at most six equal lines apart share a hunk. */
function hunksOf(edits: readonly Edit[]): [first: number, last: number][] {
  const hunks: [number, number][] = [];
  for (const [at, { sign }] of edits.entries()) {
    if (sign === ' ') continue;
    const last = hunks.at(-1);
    if (last !== undefined && at - 3 <= last[1]) last[1] = Math.min(edits.length, at + 4);
    else hunks.push([Math.max(0, at - 3), Math.min(edits.length, at + 4)]);
  }
  return hunks;
}
