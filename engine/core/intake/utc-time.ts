import type { Json } from '../../../schemas/json.ts';
import { readInstant } from '../expression/functions/strict-conversions.ts';
import { timestampText } from '../expression/to-plain-json.ts';

const inUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const otherwise = /^(\d{4}-\d\d-\d\d)[Tt\s](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)$/;

/**
 * A time as alerts hold it, RFC 3339 in UTC: expressions compare such texts, and `timestamp()` reads no other
 * spelling. What is no time stays as it was, for whoever validates it.
 */
export function utcTime(value: Json | undefined): Json | undefined {
  const match = typeof value !== 'string' || inUtc.test(value) ? null : otherwise.exec(value);
  if (match === null) return value;
  const [, date, time, fraction = '', hours, minutes = '00'] = match;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  const instant = readInstant(`${date}T${time}${fraction.slice(0, 10)}${zone}`);
  return instant === null ? value : timestampText(instant);
}
