import { dyn, type ValueType } from '../expression/value-type.ts';
import { alertType, closed } from './name-types.ts';

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

const incidentType = closed({
  id: text,
  title: text,
  severity: text,
  status: text,
  classification: text,
  owner: text,
});

const failedRunType = closed({ id: text, playbook: text, state: text, reason: text });
