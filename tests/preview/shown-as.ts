/** `run/a[x]/b[y]/c` as it stands, or with lists and rounds that a dry run shows once for all. */
export function shownAs(path: string): string[] {
  return path.split('/').reduce<string[]>(
    (heads, piece) => {
      const general = piece.replace(/\[[^\]]*\]$/, '[…]').replace(/#\d+$/, '#1');
      const pieces = general === piece ? [piece] : [piece, general];
      return heads.flatMap((head) => pieces.map((each) => (head === '' ? each : `${head}/${each}`)));
    },
    [''],
  );
}
