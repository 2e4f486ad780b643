import type { Plan } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { checkExpression } from '../expression/check-expression.ts';
import { dyn, type TypeEnv, type ValueType } from '../expression/value-type.ts';
import { closed } from './name-types.ts';
import { namesOfRun } from './plan-doubles.ts';
import { typeOfJson } from './type-of-json.ts';

/** What a caller sees of a called playbook: its declared outputs, typed as far as its plan tells. */
export function childOutputs(plan: Plan): ValueType {
  return mapOf(plan.outputs, namesOfRun(plan));
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
