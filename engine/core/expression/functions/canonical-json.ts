import type { Json } from '../../../../schemas/json.ts';

/**
 * `to_json(x)`: the RFC 8785 form. Keys are sorted because the store does not keep their order,
 * and text that goes into an approval digest must come out the same when it is rendered again.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
