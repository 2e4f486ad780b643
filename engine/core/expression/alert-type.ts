import alertSchema from '../../../schemas/alert.schema.json' with { type: 'json' };
import type { JsonObject } from '../../../schemas/json.ts';
import { doublesIn } from './doubles-in.ts';
import { type TypeEnv, typeFromSchema, type ValueType } from './value-type.ts';

/** What `alert` is, in whatever expression it is named. */
export const alertType: ValueType = typeFromSchema(alertSchema as unknown as JsonObject);

/**
 * Doubles under names that mean the same in every expression. Who evaluates one need not say so: a
 * trigger, a route, a dry run and an explanation must not come to different answers about one alert.
 */
export const doublesEverywhere: TypeEnv = doublesIn({
  alert: alertType,
  // Only signals about alerts have one (`compile/signal-types.ts`).
  signal: { t: 'map', fields: { alert: alertType }, open: true },
});
