import type { JsonObject } from '../../../schemas/json.ts';
import type { Wanted } from '../client/judge-isolation.ts';

/** Full unless the step says otherwise: the weaker form has to be asked for. */
export function wantedIsolation(input: JsonObject): Wanted {
  return { state: 'isolated', scope: input.scope === 'selective' ? 'selective' : 'full' };
}
