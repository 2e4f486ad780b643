import { createHash } from 'node:crypto';
import type { JsonObject } from '../../schemas/json.ts';

/**
 * Characters of JSON. A run's row is written twice, so what is larger costs more there than a row of its own; and one
 * alert about a thousand hosts starts a thousand runs.
 */
const inRowMax = 4_000;

/** The alert that a run is given, as expressions see it. */
export interface GivenAlert {
  value: JsonObject;
  /** Its JSON. */
  text: string;
  /** Under which it is kept for all runs that were given the same; null: it stands in the run's row. */
  sha256: Buffer | null;
}

export function givenAlert(value: JsonObject): GivenAlert {
  const text = JSON.stringify(value);
  const sha256 = text.length <= inRowMax ? null : createHash('sha256').update(text, 'utf8').digest();
  return { value, text, sha256 };
}
