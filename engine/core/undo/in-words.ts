import type { JsonObject } from '../../../schemas/json.ts';

/** For people: `state absent, enabled true`. */
export function inWords(values: JsonObject): string {
  const said = Object.entries(values).map(([name, value]) => `${name} ${String(value)}`);
  return said.length === 0 ? 'something unknown' : said.join(', ');
}
