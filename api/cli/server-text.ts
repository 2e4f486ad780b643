/**
 * Text from the server may come from an attacker's alert. Escape sequences could rewrite what the
 * terminal shows, bidirectional controls could reverse a name: each becomes a visible sign.
 */
export function plainText(value: unknown): string {
  const text =
    typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
  return text.replace(/(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** For one cell or one line. */
export function oneLine(value: unknown): string {
  return plainText(value).replace(/[\t\n]+/g, ' ');
}
