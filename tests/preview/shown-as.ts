/** `run/a[x]/b[y]/c` as it stands, or with lists and rounds that a dry run shows once for all. */
export function shownAs(path: string): string[] {
  return path.split('/').reduce<string[]>(
    (heads, piece) => {
      const general = [/\[[^\]]*\]$/.test(piece) ? '[…]' : '', ...(/#\d+$/.test(piece) ? ['#1', '#…'] : [])];
      const bare = piece.replace(/(\[[^\]]*\]|#\d+)$/, '');
      const pieces = [piece, ...general.filter((each) => each !== '').map((each) => bare + each)];
      return heads.flatMap((head) => pieces.map((each) => (head === '' ? each : `${head}/${each}`)));
    },
    [''],
  );
}
