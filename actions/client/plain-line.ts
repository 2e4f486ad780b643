/**
 * Text for a one-line comment field: control characters and line breaks become spaces, so that
 * alert text cannot forge a second line; longer text is cut.
 */
export function plainLine(text: string, maxLength: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).toWellFormed()}…`;
}
