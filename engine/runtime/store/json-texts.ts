/**
 * Texts that are JSON, as one array of PostgreSQL. Its notation escapes what JSON escapes in the same way, as long as
 * there are no control characters, and JSON texts have none; the driver takes each text apart twice instead.
 */
export function jsonTexts(texts: readonly (string | null)[]): string {
  return `{${JSON.stringify(texts).slice(1, -1)}}`;
}
