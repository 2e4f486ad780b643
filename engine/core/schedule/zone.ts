/** Formatters by zone: memoisation only, building one costs more than a thousand uses. There are about 600 zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

export function isTimeZone(zone: string): boolean {
  return formatterOf(zone) !== null;
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
export function offsetMs(zone: string, atMs: number): number {
  const formatter = formatterOf(zone);
  if (formatter === null) throw new RangeError(`there is no time zone "${zone}"`);
  const name = formatter.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
  // "GMT", "GMT+01:00", "GMT-03:30"; seconds occur before 1972 only.
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d{2}):(\d{2})(?::\d{2})?)?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formatters.set(zone, made);
    return made;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
