/**
 * Text from outside on a terminal: escape sequences, line breaks and direction changes become
 * visible, so that an alert cannot draw on the screen or forge a line.
 */
export function revealHidden(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
