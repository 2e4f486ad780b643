/** RFC 3339 in UTC, as every answer writes times; null stays null. */
export function timeOf(date: Date): string;
export function timeOf(date: Date | null): string | null;
export function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
