import alertSchema from '../../../schemas/alert.schema.json' with { type: 'json' };
import type { JsonObject } from '../../../schemas/json.ts';
import type { ActionManifest } from '../contracts/action.ts';
import { dyn, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import type { StepSite } from './outline.ts';
import { mapField } from './source-node.ts';

/** Types of the names that section 7.2 of the language page lists. */

export const alertType: ValueType = typeFromSchema(alertSchema as unknown as JsonObject);

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
  }),
  arguments: open({}),
  count: { t: 'int' },
});

/** What a person starts a playbook on: always these three, more by kind. */
export const chosenTargetType: ValueType = open({ kind: text, id: text, name: text });

/** `steps.<id>`. Fields that depend on what happened are dynamic. */
export function stepType(step: StepSite, manifest: ActionManifest | undefined): ValueType {
  const common = {
    status: text,
    outputs: outputsType(step, manifest),
    failure: open({ code: text, kind: text, message: text }),
    attempts: { t: 'int' },
    started_at: dyn,
    finished_at: dyn,
    approval: closed({ outcome: text, by: dyn, comment: dyn, decided_at: dyn }),
    denial: closed({ by: text, reason: text }),
  } satisfies { [name: string]: ValueType };
  switch (step.kind) {
    case 'parallel': {
      const names = [...(mapField(step.node, 'parallel')?.fields.keys() ?? [])];
      const branches = Object.fromEntries(names.map((name) => [name, closed({ status: text })]));
      return closed({ ...common, branches: closed(branches) });
    }
    case 'action':
    case 'approval':
    case 'if':
    case 'switch':
    case 'set':
    case 'stop':
      return closed(common);
    default:
      // A kind that is refused elsewhere: nothing more is said about what refers to it.
      return dyn;
  }
}

function outputsType(step: StepSite, manifest: ActionManifest | undefined): ValueType {
  if (manifest) return typeFromSchema(manifest.output);
  if (step.kind === 'action') return dyn;
  return step.kind === 'switch' ? closed({ case: dyn }) : closed({});
}

export function closed(fields: { [name: string]: ValueType }): ValueType {
  return { t: 'map', fields, open: false };
}

export function open(fields: { [name: string]: ValueType }): ValueType {
  return { t: 'map', fields, open: true };
}
