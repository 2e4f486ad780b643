import canonicalize from 'canonicalize';
import type { Json } from '../../../schemas/json.ts';

/** Whether two bodies say the same, whatever the order of their keys. */
export function sameContent(one: Json, other: Json): boolean {
  return canonicalize(one) === canonicalize(other);
}
