import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../schemas/json.ts';
import { canonicalBytes } from '../approval/action-plan.ts';

/** Names the state that somebody saw, so that an order to overwrite it is about exactly that state. */
export function foundDigest(found: JsonObject): string {
  return `sha256:${createHash('sha256').update('riposte-found/v1\n').update(canonicalBytes(found)).digest('hex')}`;
}
