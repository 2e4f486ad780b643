const form = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/i;

/**
 * RFC 3339 in milliseconds since 1970, seconds may be left out; null for anything else. Without a zone `Date.parse`
 * takes the machine's, and it turns 30 February into 2 March.
 */
export function readInstant(text: string): number | null {
  const day = form.exec(text)?.[1];
  const ms = Date.parse(text.toUpperCase());
  if (day === undefined || Number.isNaN(ms)) return null;
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day) ? ms : null;
}
