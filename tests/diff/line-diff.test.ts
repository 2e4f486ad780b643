import { expect, test } from 'vitest';
import { lineDiff } from '../../engine/core/diff/line-diff.ts';

/* Two texts by lines: whoever publishes a file must not be able to hold up, or bring down, who looks at it. */

/** What the second text was, read off the difference to the first. */
function applied(before: string, diff: string): string {
  const lines = before.split('\n');
  const after: string[] = [];
  let at = 0;
  for (const row of diff.split('\n').slice(2, -1)) {
    const hunk = /^@@ -(\d+),\d+ \+\d+,\d+ @@$/.exec(row);
    if (hunk !== null) while (at < Number(hunk[1]) - 1) after.push(lines[at++] ?? '');
    else if (row.startsWith('+')) after.push(row.slice(1));
    else {
      expect(lines[at]).toBe(row.slice(1));
      if (row.startsWith(' ')) after.push(row.slice(1));
      at++;
    }
  }
  return [...after, ...lines.slice(at)].join('\n');
}

test.each([
  ['a line changed, one came, one went', 'a\nb\nc\nd\ne\nf\ng\nh\n', 'a\nB\nc\nd\ne\nf\ng\nx\n'],
  ['apart', `${'x\n'.repeat(20)}end\n`, `start\n${'x\n'.repeat(20)}`],
])('%s: makes the second of the first', (_, before, after) => {
  expect(applied(before, lineDiff('f', before, after))).toBe(after);
});

test('a quarter of a mebibyte of short lines that all changed is shown as one that goes and one that comes', () => {
  const [before, after] = ['a', 'b'].map((letter) => `${letter}\n#\n`.repeat(65_536)) as [string, string];
  const diff = lineDiff('f', before, after);
  expect(applied(before, diff)).toBe(after);
});
