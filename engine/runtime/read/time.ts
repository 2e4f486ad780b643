/** RFC 3339 in UTC, as every answer writes times; null stays null. */
export function timeOf(date: Date): string;
export function timeOf(date: Date | null): string | null;
export function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

/** Whether an RFC 3339 text names a day that exists: the store refuses 31 February and the year 0. */
export function isMoment(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const named = new Date(0);
  named.setUTCFullYear(year, month - 1, day);
  const exists = named.getUTCMonth() === month - 1 && named.getUTCDate() === day;
  return year >= 1 && exists && !Number.isNaN(Date.parse(text));
}
