/**
 * Bytes of the log as text, or null when text cannot carry them unchanged: bytes that are gone, or that
 * somebody wrote past us and that are no UTF-8. Entry bundles have the bytes themselves.
 */
export function exactText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : null;
}
