/*
 * Two ordered lists side by side, as few changes as possible: what both have, what is missing, what
 * is too much. Longest common run of pairs that match, by the plain quadratic table.
 */

export type Row<Wanted, Had> =
  | { kind: 'both'; wanted: Wanted; had: Had }
  | { kind: 'missing'; wanted: Wanted }
  | { kind: 'extra'; had: Had };

export function compareLists<Wanted, Had>(
  wanted: readonly Wanted[],
  had: readonly Had[],
  matches: (wanted: Wanted, had: Had) => boolean,
): Row<Wanted, Had>[] {
  const width = had.length + 1;
  const best = new Uint32Array((wanted.length + 1) * width);
  const at = (row: number, column: number) => best[row * width + column] ?? 0;
  for (let i = wanted.length - 1; i >= 0; i--) {
    for (let j = had.length - 1; j >= 0; j--) {
      const same = matches(wanted[i] as Wanted, had[j] as Had);
      best[i * width + j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const rows: Row<Wanted, Had>[] = [];
  let i = 0;
  let j = 0;
  while (i < wanted.length || j < had.length) {
    const one = wanted[i];
    const other = had[j];
    if (i < wanted.length && j < had.length && matches(one as Wanted, other as Had)) {
      rows.push({ kind: 'both', wanted: one as Wanted, had: other as Had });
      i += 1;
      j += 1;
    } else if (j >= had.length || (i < wanted.length && at(i + 1, j) >= at(i, j + 1))) {
      rows.push({ kind: 'missing', wanted: one as Wanted });
      i += 1;
    } else {
      rows.push({ kind: 'extra', had: other as Had });
      j += 1;
    }
  }
  return rows;
}
