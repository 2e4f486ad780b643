import { dyn, type ValueType } from '../expression/value-type.ts';

/** Types of the names that section 7.2 of the language page lists; `alert` is `expression/alert-type.ts`. */

const text: ValueType = { t: 'string' };

export const runType: ValueType = closed({
  id: text,
  playbook: text,
  version: text,
  mode: text,
  trigger: text,
  started_at: dyn,
  started_by: dyn,
  url: text,
});

export const failureType: ValueType = closed({
  step: text,
  code: text,
  kind: text,
  message: text,
  cause: dyn,
});

export const guardType: ValueType = closed({
  action: text,
  target: closed({
    kind: text,
    id: text,
    name: text,
    role: text,
    criticality: text,
    tags: { t: 'list', of: text },
    roles: { t: 'list', of: text },
    enabled: { t: 'bool' },
    object_id: text,
    upn: text,
  }),
  arguments: open({}),
  count: { t: 'int' },
});

/** What a person starts a playbook on: always these three, more by kind. */
export const chosenTargetType: ValueType = open({ kind: text, id: text, name: text });

export function closed(fields: { [name: string]: ValueType }): ValueType {
  return { t: 'map', fields, open: false };
}

export function open(fields: { [name: string]: ValueType }): ValueType {
  return { t: 'map', fields, open: true };
}
