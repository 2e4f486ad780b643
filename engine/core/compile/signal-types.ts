import type { JsonObject } from '../../../schemas/json.ts';
import signalSchema from '../../../schemas/signal.schema.json' with { type: 'json' };
import { alertType } from '../expression/alert-type.ts';
import { dyn, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import { closed } from './name-types.ts';

/** What `signal` is, by the type a `wait` waits for. The published shape is `schemas/signal.schema.json`. */
export function signalType(type: string): ValueType {
  const content = type.startsWith('alert.')
    ? { alert: alertType }
    : type.startsWith('incident.')
      ? { incident: incidentType }
      : type === 'run.failed'
        ? { run: failedRunType }
        : type === 'webhook'
          ? { body: dyn }
          : null;
  return content === null ? dyn : closed({ type: text, ...content });
}

const text: ValueType = { t: 'string' };

const incidentType = typeFromSchema(signalSchema.$defs.incident as unknown as JsonObject);

const failedRunType = typeFromSchema(signalSchema.$defs.run as unknown as JsonObject);
