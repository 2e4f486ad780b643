import type { Plan } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { checkExpression } from '../expression/check-expression.ts';
import { dyn, type TypeEnv, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import { closed, open, runType } from './name-types.ts';
import { typeOfJson } from './type-of-json.ts';

/** What a caller sees of a called playbook: its declared outputs, typed as far as its plan tells. */
export function childOutputs(plan: Plan): ValueType {
  const inputs = plan.inputs.map(({ name, schema }) => [name, typeFromSchema(schema)] as const);
  const names: TypeEnv = {
    alert: dyn,
    inputs: open(Object.fromEntries(inputs)),
    vars: dyn,
    steps: dyn,
    run: runType,
  };
  return mapOf(plan.outputs, names);
}

function mapOf(fields: { [name: string]: Template }, names: TypeEnv): ValueType {
  const types = Object.entries(fields).map(([name, template]) => [name, typeOf(template, names)] as const);
  return closed(Object.fromEntries(types));
}

function typeOf(template: Template, names: TypeEnv): ValueType {
  switch (template.t) {
    case 'literal':
      return typeOfJson(template.value);
    case 'text':
      return { t: 'string' };
    case 'list':
      return { t: 'list', of: dyn };
    case 'map':
      return mapOf(template.fields, names);
    case 'expr':
      return checkExpression(template.expr, names).type;
  }
}
