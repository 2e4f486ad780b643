import type { Json } from '../../../schemas/json.ts';

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/**
 * A sample alert as if its product had raised it at `createdMs`: every time in it moves by as much, so that the demo
 * shows how long an answer takes and not how old the sample is. The form of the times is the vendor's, seven digits.
 */
export function moveSample(sample: Json, createdMs: number): Json {
  const created =
    typeof sample === 'object' && sample !== null && !Array.isArray(sample) ? sample.createdDateTime : null;
  if (typeof created !== 'string') throw new Error('the sample does not say when it was created');
  const byMs = createdMs - Date.parse(created);
  const moved = (value: Json): Json => {
    if (typeof value === 'string')
      return instant.test(value) ? inVendorForm(Date.parse(value) + byMs) : value;
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each)]));
    return value;
  };
  return moved(sample);
}

function inVendorForm(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '0000Z');
}
