import { ExpressionError } from '../expression-error.ts';

/*
 * Parts of a timestamp in a named time zone: `now().getHours("Europe/Berlin")`.
 *
 * The library reads the zone's wall clock back through `new Date(text)`, which is the machine's own
 * zone: around its clock changes, and for every day of the year in summer, the answer depends on
 * where the engine runs. A run must not, so these are ours.
 */
export type ZonedPart = keyof typeof parts;

interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

const dayMs = 86_400_000;

const parts = {
  getFullYear: (at: WallClock) => at.year,
  getMonth: (at: WallClock) => at.month - 1,
  getDate: (at: WallClock) => at.day,
  getDayOfMonth: (at: WallClock) => at.day - 1,
  getDayOfWeek: (at: WallClock) => new Date(Date.UTC(at.year, at.month - 1, at.day)).getUTCDay(),
  getDayOfYear: (at: WallClock) =>
    (Date.UTC(at.year, at.month - 1, at.day) - Date.UTC(at.year, 0, 1)) / dayMs,
  getHours: (at: WallClock) => at.hour,
  getMinutes: (at: WallClock) => at.minute,
  getSeconds: (at: WallClock) => at.second,
  getMilliseconds: (at: WallClock) => at.millisecond,
} as const;

export function isZonedPart(name: string): name is ZonedPart {
  return Object.hasOwn(parts, name);
}

/**
 * Counts as CEL does: months, days of the month and of the year from 0, Sunday is 0; `getDate` from 1.
 *
 * @param zone IANA name or fixed offset such as `+02:00`
 * @throws ExpressionError if the zone is unknown
 */
export function zonedPart(time: Date, part: ZonedPart, zone: string): bigint {
  return BigInt(parts[part](wallClock(time, zone)));
}

function wallClock(time: Date, zone: string): WallClock {
  const format = formatFor(zone);
  const fields = new Map(format.formatToParts(time).map((part) => [part.type, Number(part.value)]));
  const field = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? 0;
  return {
    year: field('year'),
    month: field('month'),
    day: field('day'),
    hour: field('hour'),
    minute: field('minute'),
    second: field('second'),
    millisecond: time.getUTCMilliseconds(),
  };
}

function formatFor(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new ExpressionError(`unknown time zone: ${JSON.stringify(zone.slice(0, 64))}`, { cause });
  }
}
