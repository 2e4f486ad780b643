import type { Json, JsonObject } from '../../../schemas/json.ts';
import { invariant } from '../contracts/invariant.ts';
import { repairText } from './plain-text.ts';

/** `data` holds small facts; deeper than this somebody passed a foreign document through. */
export const dataDepthMax = 16;

/**
 * An independent copy of `data` with nothing in it that two serialisers could write differently:
 * strings are valid Unicode, numbers are safe integers. Throws `InvariantBroken` on a float, -0, an
 * unsafe integer, `undefined`, a class instance or too much depth.
 */
export function copyData(data: JsonObject): JsonObject {
  return copyObject(data, 1);
}

function copyObject(object: JsonObject, depth: number): JsonObject {
  invariant(depth <= dataDepthMax, () => `entry data is at most ${dataDepthMax} levels deep`);
  const prototype = Object.getPrototypeOf(object);
  invariant(prototype === Object.prototype || prototype === null, 'entry data holds plain objects only');
  const copy = new Map<string, Json>();
  for (const [name, value] of Object.entries(object)) {
    // Two names may become one through repair; both values stay.
    let admitted = repairText(name);
    while (admitted !== name && (Object.hasOwn(object, admitted) || copy.has(admitted))) admitted += '*';
    copy.set(admitted, copyValue(value, depth));
  }
  // In the order in which they are written. `fromEntries` defines properties, so a key called `__proto__` stays
  // an ordinary key.
  return Object.fromEntries([...copy].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function copyValue(value: Json, depth: number): Json {
  switch (typeof value) {
    case 'string':
      return repairText(value);
    case 'boolean':
      return value;
    case 'number':
      invariant(
        Number.isSafeInteger(value) && !Object.is(value, -0),
        () =>
          `entry data holds safe integers only, not ${Object.is(value, -0) ? '-0' : value}: send it as a string`,
      );
      return value;
    default:
      if (value === null) return null;
      invariant(typeof value === 'object', () => `entry data cannot hold ${typeof value}`);
      if (!Array.isArray(value)) return copyObject(value, depth + 1);
      invariant(depth < dataDepthMax, `entry data is at most ${dataDepthMax} levels deep`);
      return Array.from(value, (item) => copyValue(item, depth + 1));
  }
}
